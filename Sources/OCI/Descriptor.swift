/// A pointer to content: what it is, its name and its size (OCI image-spec, descriptor.md).
public struct Descriptor: Hashable, Sendable {
    /// The type of the content.
    public var mediaType: MediaType
    /// The name of the content.
    public var digest: Digest
    /// The content's length in bytes.
    public var sizeBytes: Int64
    /// Places to fetch it from instead of the registry.
    public var urls: [String]?
    /// Free-form metadata.
    public var annotations: [String: String]?
    /// The content itself in base64, when it is embedded.
    public var data: String?
    /// The type of the artifact that the content describes.
    public var artifactType: String?
    /// The machine it is for, in an index.
    public var platform: OCIPlatform?

    /// Makes a descriptor.
    public init(
        mediaType: MediaType, digest: Digest, sizeBytes: Int64, urls: [String]? = nil,
        annotations: [String: String]? = nil, data: String? = nil, artifactType: String? = nil,
        platform: OCIPlatform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.urls = urls
        self.annotations = annotations
        self.data = data
        self.artifactType = artifactType
        self.platform = platform
    }
}

extension Descriptor: Codable {
    enum CodingKeys: String, CodingKey {
        case mediaType, digest, urls, annotations, data, artifactType, platform
        case sizeBytes = "size"
    }

    /// Reads a descriptor; a negative size is refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        mediaType = try container.decode(MediaType.self, forKey: .mediaType)
        digest = try container.decode(Digest.self, forKey: .digest)
        sizeBytes = try container.decode(Int64.self, forKey: .sizeBytes)
        guard sizeBytes >= 0 else {
            throw OCIError(.invalidDocument, "descriptor of \(digest) has negative size \(sizeBytes)")
        }
        urls = try container.decodeIfPresent([String].self, forKey: .urls)
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
        data = try container.decodeIfPresent(String.self, forKey: .data)
        artifactType = try container.decodeIfPresent(String.self, forKey: .artifactType)
        platform = try container.decodeIfPresent(OCIPlatform.self, forKey: .platform)
    }

    /// Writes the fields in the specification's order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mediaType, forKey: .mediaType)
        try container.encode(digest, forKey: .digest)
        try container.encode(sizeBytes, forKey: .sizeBytes)
        try container.encodeIfPresent(urls, forKey: .urls)
        try container.encodeSorted(annotations, forKey: .annotations)
        try container.encodeIfPresent(data, forKey: .data)
        try container.encodeIfPresent(artifactType, forKey: .artifactType)
        try container.encodeIfPresent(platform, forKey: .platform)
    }
}
