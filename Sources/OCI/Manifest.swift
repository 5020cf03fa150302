/// The manifest of one image or artifact, OCI or Docker schema 2 (OCI image-spec, manifest.md).
public struct Manifest: Hashable, Sendable {
    /// The type the document declares; OCI manifests may leave it out.
    public var mediaType: MediaType?
    /// The type of the artifact, when this is one.
    public var artifactType: String?
    /// The image configuration.
    public var config: Descriptor
    /// The layers, lowest first.
    public var layers: [Descriptor]
    /// The manifest that this one is about (a signature, a bill of materials).
    public var subject: Descriptor?
    /// Free-form metadata.
    public var annotations: [String: String]?

    /// Makes a manifest of schema version 2.
    public init(
        mediaType: MediaType?, config: Descriptor, layers: [Descriptor], artifactType: String? = nil,
        subject: Descriptor? = nil, annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.artifactType = artifactType
        self.config = config
        self.layers = layers
        self.subject = subject
        self.annotations = annotations
    }

    /// What a referrers list shows as this manifest's type (distribution-spec, "Listing Referrers").
    public var effectiveArtifactType: String { artifactType ?? config.mediaType.rawValue }
}

extension Manifest: Codable {
    enum CodingKeys: String, CodingKey {
        case schemaVersion, mediaType, artifactType, config, layers, subject, annotations
    }

    /// Reads a manifest. Throws `invalidDocument` when the schema version is not 2, when it looks like an index, or
    /// when an artifact with an empty configuration names no type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try SchemaVersion.check(try container.decodeIfPresent(Int.self, forKey: .schemaVersion))
        let shape = try decoder.container(keyedBy: TextKey.self)
        // A document that is a manifest and an index at once means different images to different clients
        // (CVE-2021-41190).
        if shape.contains(TextKey("manifests")) || shape.contains(TextKey("fsLayers")) {
            throw OCIError(.invalidDocument, "manifest has a field \"manifests\" or \"fsLayers\" beside \"config\"")
        }
        mediaType = try container.decodeIfPresent(MediaType.self, forKey: .mediaType)
        if let mediaType, !mediaType.isManifest {
            throw OCIError(.unsupportedMediaType, "\(mediaType.rawValue.quotedForError) is not an image manifest")
        }
        artifactType = try container.decodeIfPresent(String.self, forKey: .artifactType)
        config = try container.decode(Descriptor.self, forKey: .config)
        layers = try container.decodeList(forKey: .layers)
        subject = try container.decodeIfPresent(Descriptor.self, forKey: .subject)
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
        if config.mediaType == .ociEmpty, artifactType?.isEmpty ?? true {
            throw OCIError(.invalidDocument, "manifest with an empty config must set artifactType")
        }
    }

    /// Writes the fields in the specification's order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(2, forKey: .schemaVersion)
        try container.encodeIfPresent(mediaType, forKey: .mediaType)
        try container.encodeIfPresent(artifactType, forKey: .artifactType)
        try container.encode(config, forKey: .config)
        try container.encode(layers, forKey: .layers)
        try container.encodeIfPresent(subject, forKey: .subject)
        try container.encodeSorted(annotations, forKey: .annotations)
    }
}

enum SchemaVersion {
    static func check(_ version: Int?) throws(OCIError) {
        guard let version else { throw OCIError(.invalidDocument, "manifest has no schemaVersion") }
        guard version == 2 else {
            throw OCIError(
                .invalidDocument,
                "manifest has schema version \(version), only 2 is supported; push the image again with a newer client"
            )
        }
    }
}
