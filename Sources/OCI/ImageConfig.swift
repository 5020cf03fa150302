/// The configuration of an image: its platform, layers, history and how to run it (OCI image-spec, config.md).
///
/// Docker's fields beyond the specification (health check, shell, onbuild) are part of it.
public struct ImageConfig: Hashable, Sendable {
    /// When the image was made, RFC 3339.
    public var created: String?
    /// Who made it.
    public var author: String?
    /// Processor architecture in Go's spelling.
    public var architecture: String
    /// Operating system in Go's spelling.
    public var os: String
    /// Version of the operating system.
    public var osVersion: String?
    /// Mandatory features of the operating system.
    public var osFeatures: [String]?
    /// Variant of the processor.
    public var variant: String?
    /// How to run it.
    public var config: Execution?
    /// The layers by the digests of their uncompressed tars.
    public var rootfs: RootFS
    /// How it came to be, oldest first; may be shorter than the truth.
    public var history: [HistoryEntry]?
    /// A remark, as `docker commit -m` leaves it.
    public var comment: String?

    /// Makes a configuration for this machine's platform.
    public init(
        platform: OCIPlatform = .host, created: String? = nil, author: String? = nil, config: Execution? = nil,
        rootfs: RootFS = RootFS(diffIDs: []), history: [HistoryEntry]? = nil, comment: String? = nil
    ) {
        self.created = created
        self.author = author
        architecture = platform.architecture
        os = platform.os
        osVersion = platform.osVersion
        osFeatures = platform.osFeatures
        variant = platform.variant
        self.config = config
        self.rootfs = rootfs
        self.history = history
        self.comment = comment
    }

    /// The platform that the image is made for.
    public var platform: OCIPlatform {
        OCIPlatform(architecture: architecture, os: os, variant: variant, osVersion: osVersion, osFeatures: osFeatures)
    }

    /// The stack of layers.
    public struct RootFS: Hashable, Sendable, Codable {
        /// Always `layers`.
        public var type: String
        /// Digests of the uncompressed layers, lowest first.
        public var diffIDs: [Digest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        /// Makes a stack.
        public init(diffIDs: [Digest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        /// Reads a stack; a missing list is empty.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decodeIfPresent(String.self, forKey: .type) ?? "layers"
            diffIDs = try container.decodeList(forKey: .diffIDs)
        }
    }

    /// One step of the image's making.
    public struct HistoryEntry: Hashable, Sendable, Codable {
        /// When, RFC 3339.
        public var created: String?
        /// The command that made it.
        public var createdBy: String?
        /// Who made it.
        public var author: String?
        /// A remark.
        public var comment: String?
        /// Whether the step made no layer.
        public var emptyLayer: Bool?

        enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }

        /// Makes an entry.
        public init(
            created: String? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
            emptyLayer: Bool? = nil
        ) {
            self.created = created
            self.createdBy = createdBy
            self.author = author
            self.comment = comment
            self.emptyLayer = emptyLayer
        }
    }
}

extension ImageConfig: Codable {
    enum CodingKeys: String, CodingKey {
        case created, author, architecture, os, variant, config, rootfs, history, comment
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    /// Reads a configuration; Docker's extra bookkeeping fields are not kept.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        created = try container.decodeIfPresent(String.self, forKey: .created)
        author = try container.decodeIfPresent(String.self, forKey: .author)
        architecture = try container.decodeIfPresent(String.self, forKey: .architecture) ?? ""
        os = try container.decodeIfPresent(String.self, forKey: .os) ?? ""
        osVersion = try container.decodeIfPresent(String.self, forKey: .osVersion)
        osFeatures = try container.decodeIfPresent([String].self, forKey: .osFeatures)
        variant = try container.decodeIfPresent(String.self, forKey: .variant)
        config = try container.decodeIfPresent(Execution.self, forKey: .config)
        rootfs = try container.decodeIfPresent(RootFS.self, forKey: .rootfs) ?? RootFS(diffIDs: [])
        history = try container.decodeIfPresent([HistoryEntry].self, forKey: .history)
        comment = try container.decodeIfPresent(String.self, forKey: .comment)
    }
}
