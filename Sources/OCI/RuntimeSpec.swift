/// The description of a container to start (OCI runtime-spec 1.3, config.md): the part that Linux containers use.
public struct RuntimeSpec: Hashable, Sendable, Codable {
    /// Version of the specification.
    public var ociVersion: String
    /// The first process.
    public var process: Process?
    /// The root file system.
    public var root: Root?
    /// Host name of the container's UTS namespace.
    public var hostname: String?
    /// NIS domain name.
    public var domainname: String?
    /// Mounts in the order they are made.
    public var mounts: [Mount]?
    /// Programs to run around the container's life.
    public var hooks: Hooks?
    /// Free-form metadata.
    public var annotations: [String: String]?
    /// What only Linux has.
    public var linux: Linux?

    /// The version of the specification that new values declare.
    public static let currentVersion = "1.3.0"

    /// Makes a specification.
    public init(
        ociVersion: String = RuntimeSpec.currentVersion, process: Process? = nil, root: Root? = nil,
        hostname: String? = nil, domainname: String? = nil, mounts: [Mount]? = nil, hooks: Hooks? = nil,
        annotations: [String: String]? = nil, linux: Linux? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
    }

    /// The root file system.
    public struct Root: Hashable, Sendable, Codable {
        /// Path on the host, absolute or relative to the bundle.
        public var path: String
        /// Whether the root is read-only.
        public var readonly: Bool?

        /// Makes a root.
        public init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// One mount inside the container.
    public struct Mount: Hashable, Sendable, Codable {
        /// Absolute path inside the container.
        public var destination: String
        /// File system type, or `bind`.
        public var type: String?
        /// Device, or host path of a bind mount.
        public var source: String?
        /// Options as mount(8) takes them, and `rbind`, `rprivate`, `idmap`…
        public var options: [String]?
        /// User mappings of an id-mapped mount.
        public var uidMappings: [IDMapping]?
        /// Group mappings of an id-mapped mount.
        public var gidMappings: [IDMapping]?

        /// Makes a mount.
        public init(
            destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil,
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }
    }

    /// A range of ids inside a user namespace and where it lies outside.
    public struct IDMapping: Hashable, Sendable, Codable {
        /// First id inside.
        public var containerID: UInt32
        /// First id outside.
        public var hostID: UInt32
        /// Number of ids.
        public var size: UInt32

        /// Makes a mapping.
        public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }

    /// Programs run at points of the container's life; each gets the state as JSON on its standard input.
    public struct Hooks: Hashable, Sendable, Codable {
        /// After the namespaces are made, on the host (deprecated).
        public var prestart: [Hook]?
        /// After the namespaces are made, on the host.
        public var createRuntime: [Hook]?
        /// Inside the container's namespaces, before pivot_root.
        public var createContainer: [Hook]?
        /// Inside the container, before the process runs.
        public var startContainer: [Hook]?
        /// After the process runs, on the host.
        public var poststart: [Hook]?
        /// After the container is deleted, on the host.
        public var poststop: [Hook]?

        /// Makes an empty set; set what is needed.
        public init() {}
    }

    /// One program of a hook.
    public struct Hook: Hashable, Sendable, Codable {
        /// Absolute path on the host.
        public var path: String
        /// The whole argument vector, program name included.
        public var args: [String]?
        /// Environment as `NAME=value`.
        public var env: [String]?
        /// Seconds until it is killed.
        public var timeout: Int?

        /// Makes a hook.
        public init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}
