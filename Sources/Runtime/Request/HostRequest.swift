/// The part of a request that speaks about this host: Docker's `HostConfig`.
public struct HostRequest: Sendable, Hashable {
    /// Bind mounts and volumes in the short form `source:target[:options]`.
    public var binds: [String] = []
    /// Mounts in the long form.
    public var mounts: [MountRequest] = []
    /// tmpfs mounts: path to options (`size=64m,mode=1777`).
    public var tmpfs: [String: String] = [:]
    /// Containers whose volumes are mounted too: `id[:ro|rw]`.
    public var volumesFrom: [String] = []
    /// File the command line wrote the id to (kept for `inspect`).
    public var containerIDFile = ""
    /// Log driver and its options.
    public var log = LogRequest()
    /// `default`, `bridge`, `host`, `none`, `container:ID` or a network's name.
    public var networkMode = "default"
    /// Published ports: container port to host addresses.
    public var portBindings: [ContainerPort: [HostPortRequest]] = [:]
    /// Whether every exposed port is published on a free host port.
    public var publishAllPorts = false
    /// What happens after the program exits.
    public var restart = RestartPolicy.no
    /// Whether the container is removed when it exits.
    public var autoRemove = false
    /// Capabilities beyond the default set, `ALL` for all.
    public var capAdd: [String] = []
    /// Capabilities taken from the default set, `ALL` for all.
    public var capDrop: [String] = []
    /// Name servers for resolv.conf.
    public var dns: [String] = []
    /// Resolver options for resolv.conf.
    public var dnsOptions: [String] = []
    /// Search domains for resolv.conf.
    public var dnsSearch: [String] = []
    /// Extra lines of /etc/hosts: `name:address`.
    public var extraHosts: [String] = []
    /// Additional groups, names or numbers.
    public var groupAdd: [String] = []
    /// `none`, `private`, `shareable`, `host`, `container:ID`; empty means private.
    public var ipcMode = ""
    /// `host`, `container:ID`; empty means private.
    public var pidMode = ""
    /// `host`; empty means private.
    public var utsMode = ""
    /// `private`, `host`; empty means the host's default.
    public var cgroupnsMode = ""
    /// Adjustment of the out-of-memory score, -1000…1000.
    public var oomScoreAdj = 0
    /// Whether every protection is off.
    public var privileged = false
    /// Whether the root file system is read-only.
    public var readonlyRootfs = false
    /// `seccomp=…`, `no-new-privileges[=true]`.
    public var securityOptions: [String] = []
    /// Size of /dev/shm in bytes; 0 means 64 MiB.
    public var shmSizeBytes: Int64 = 0
    /// Kernel switches of the container's own namespaces.
    public var sysctls: [String: String] = [:]
    /// Whether a small init reaps children; the runtime's own is used.
    public var initProcess = false
    /// Paths hidden from the container; nil means the defaults.
    public var maskedPaths: [String]?
    /// Paths made read-only; nil means the defaults.
    public var readonlyPaths: [String]?
    /// Size of the terminal at start, rows and columns; zero when unknown.
    public var consoleSize = ConsoleSize()
    /// Free key-value pairs for the OCI configuration.
    public var annotations: [String: String] = [:]
    /// CPU, memory, process and device limits.
    public var resources = ResourceRequest()

    /// Every default.
    public init() {}
}

/// Rows and columns of a terminal.
public struct ConsoleSize: Sendable, Hashable {
    /// Lines; 0 when unknown.
    public var rows: UInt16
    /// Characters per line; 0 when unknown.
    public var columns: UInt16

    /// Makes a size.
    public init(rows: UInt16 = 0, columns: UInt16 = 0) {
        self.rows = rows
        self.columns = columns
    }
}

/// Where a container port appears on the host.
public struct HostPortRequest: Sendable, Hashable {
    /// Address to listen on; empty means the daemon's default (loopback).
    public var address: String
    /// Port, range `8000-8010`, or empty for a free one.
    public var port: String

    /// Makes a wish.
    public init(address: String = "", port: String = "") {
        self.address = address
        self.port = port
    }
}

/// The log driver of a container and its options.
public struct LogRequest: Sendable, Hashable {
    /// `json-file` or `none`; empty means json-file.
    public var driver = ""
    /// `max-size`, `max-file`.
    public var options: [String: String] = [:]

    /// The default driver.
    public init() {}
}

/// One mount in the long form.
public struct MountRequest: Sendable, Hashable {
    /// What is mounted.
    public enum Kind: String, Sendable, Hashable {
        /// A path of the host.
        case bind
        /// A named or anonymous volume.
        case volume
        /// Memory.
        case tmpfs
    }

    /// What is mounted.
    public var kind: Kind
    /// Host path or volume name; empty for tmpfs and anonymous volumes.
    public var source: String
    /// Absolute path inside the container.
    public var target: String
    /// Whether writing is forbidden.
    public var readOnly: Bool
    /// Mount propagation of a bind; empty means rprivate.
    public var propagation = ""
    /// Whether a missing bind source is made as a directory.
    public var createSource = false
    /// Whether a bind takes only the top mount, not those below it.
    public var nonRecursive = false
    /// Whether the image's content is not copied into a new volume.
    public var noCopy = false
    /// Labels of a volume made by this mount.
    public var volumeLabels: [String: String] = [:]
    /// Size of a tmpfs in bytes; 0 means unlimited.
    public var tmpfsSizeBytes: Int64 = 0
    /// Mode bits of a tmpfs; 0 means 1777.
    public var tmpfsMode: UInt32 = 0
    /// Raw tmpfs options of the short form.
    public var tmpfsOptions = ""

    /// Makes a mount.
    public init(kind: Kind, source: String = "", target: String, readOnly: Bool = false) {
        self.kind = kind
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }
}
