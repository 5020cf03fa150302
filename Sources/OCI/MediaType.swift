/// A media type of the image world; unknown ones are kept as they are.
public struct MediaType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The type without parameters, in lower case.
    public let rawValue: String

    /// Takes a type as written in a document or header; parameters after `;` are cut and letters lowered.
    public init(rawValue: String) {
        let type = rawValue.prefix { $0 != ";" }
        self.rawValue = String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    /// The type's text.
    public var description: String { rawValue }

    /// OCI image index.
    public static let ociIndex = MediaType(rawValue: "application/vnd.oci.image.index.v1+json")
    /// OCI image manifest.
    public static let ociManifest = MediaType(rawValue: "application/vnd.oci.image.manifest.v1+json")
    /// OCI image configuration.
    public static let ociConfig = MediaType(rawValue: "application/vnd.oci.image.config.v1+json")
    /// OCI layer, uncompressed tar.
    public static let ociLayer = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar")
    /// OCI layer, gzip.
    public static let ociLayerGzip = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip")
    /// OCI layer, zstd.
    public static let ociLayerZstd = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+zstd")
    /// The empty object `{}`, for artifacts without a configuration.
    public static let ociEmpty = MediaType(rawValue: "application/vnd.oci.empty.v1+json")
    /// Docker manifest list.
    public static let dockerList = MediaType(rawValue: "application/vnd.docker.distribution.manifest.list.v2+json")
    /// Docker image manifest, schema 2.
    public static let dockerManifest = MediaType(rawValue: "application/vnd.docker.distribution.manifest.v2+json")
    /// Docker image configuration.
    public static let dockerConfig = MediaType(rawValue: "application/vnd.docker.container.image.v1+json")
    /// Docker layer, gzip.
    public static let dockerLayerGzip = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar.gzip")
    /// Docker layer, uncompressed.
    public static let dockerLayer = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar")
    /// Docker layer, zstd.
    public static let dockerLayerZstd = MediaType(rawValue: "application/vnd.docker.image.rootfs.diff.tar.zstd")
    /// Docker layer that is fetched from its own URL.
    public static let dockerForeignLayer = MediaType(
        rawValue: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    )

    /// The four types that an image may be asked for by, best first; what an `Accept` header lists.
    public static let images: [MediaType] = [.ociIndex, .dockerList, .ociManifest, .dockerManifest]

    /// Whether this is an index or manifest list.
    public var isIndex: Bool { self == .ociIndex || self == .dockerList }
    /// Whether this is a manifest of one image or artifact.
    public var isManifest: Bool { self == .ociManifest || self == .dockerManifest }
    /// Whether this is an image configuration.
    public var isConfig: Bool { self == .ociConfig || self == .dockerConfig }

    /// Whether this is a layer of a root file system, of any compression.
    public var isLayer: Bool {
        rawValue.hasPrefix("application/vnd.oci.image.layer.")
            || rawValue.hasPrefix("application/vnd.docker.image.rootfs.")
    }

    /// Whether the layer must not be pushed: it is fetched from the URLs of its descriptor.
    public var isNondistributable: Bool {
        rawValue.contains(".layer.nondistributable.") || rawValue.contains(".rootfs.foreign.")
    }
}

extension MediaType: Codable {
    /// Reads a string.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
