/// A list of manifests, one per platform, OCI or Docker (OCI image-spec, image-index.md).
public struct Index: Hashable, Sendable {
    /// The type the document declares.
    public var mediaType: MediaType?
    /// The type of the artifact, when this is one.
    public var artifactType: String?
    /// Manifests or further indexes, best match first.
    public var manifests: [Descriptor]
    /// The manifest that this index is about.
    public var subject: Descriptor?
    /// Free-form metadata.
    public var annotations: [String: String]?

    /// Makes an index of schema version 2.
    public init(
        mediaType: MediaType? = .ociIndex, manifests: [Descriptor], artifactType: String? = nil,
        subject: Descriptor? = nil, annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.artifactType = artifactType
        self.manifests = manifests
        self.subject = subject
        self.annotations = annotations
    }

    /// The first manifest that runs on a machine; attestations (`unknown/unknown`) never match.
    ///
    /// An entry without a platform matches only when no other does, as in an index with a single image.
    public func manifest(for machine: OCIPlatform) -> Descriptor? {
        let images = manifests.filter { $0.annotations?["vnd.docker.reference.type"] == nil }
        let exact = images.first { $0.platform?.normalized == machine.normalized }
        return exact ?? images.first { $0.platform?.runs(on: machine) ?? false } ?? images.first { $0.platform == nil }
    }
}

extension Index: Codable {
    enum CodingKeys: String, CodingKey {
        case schemaVersion, mediaType, artifactType, manifests, subject, annotations
    }

    /// Reads an index. Throws `invalidDocument` when the schema version is not 2 or it looks like a manifest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try SchemaVersion.check(try container.decodeIfPresent(Int.self, forKey: .schemaVersion))
        let shape = try decoder.container(keyedBy: TextKey.self)
        if ["config", "layers", "fsLayers"].contains(where: { shape.contains(TextKey($0)) }) {
            throw OCIError(.invalidDocument, "index has a field \"config\", \"layers\" or \"fsLayers\"")
        }
        mediaType = try container.decodeIfPresent(MediaType.self, forKey: .mediaType)
        if let mediaType, !mediaType.isIndex {
            throw OCIError(.unsupportedMediaType, "\(mediaType.rawValue.quotedForError) is not an image index")
        }
        artifactType = try container.decodeIfPresent(String.self, forKey: .artifactType)
        manifests = try container.decodeList(forKey: .manifests)
        subject = try container.decodeIfPresent(Descriptor.self, forKey: .subject)
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
    }

    /// Writes the fields in the specification's order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(2, forKey: .schemaVersion)
        try container.encodeIfPresent(mediaType, forKey: .mediaType)
        try container.encodeIfPresent(artifactType, forKey: .artifactType)
        try container.encode(manifests, forKey: .manifests)
        try container.encodeIfPresent(subject, forKey: .subject)
        try container.encodeSorted(annotations, forKey: .annotations)
    }
}
