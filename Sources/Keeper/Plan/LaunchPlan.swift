import OCI
import SystemLinux

/// Everything the keeper needs to start a container's first process.
///
/// The daemon fills it in, `compiled()` checks it and turns names into numbers, and the result travels to the keeper
/// in a sealed memory file. Nothing of the specification is dropped silently: what is not done is refused.
public struct LaunchPlan: Sendable {
    /// The container's id, unique within the keeper: letters, digits, `_`, `.`, `-`.
    public var id: String
    /// Process, mounts, namespaces, devices and paths (OCI runtime-spec). `root.path` and `linux.resources` are not
    /// read: the root is `root` here, limits are set on the cgroup by the daemon before.
    public var spec: RuntimeSpec
    /// The root file system.
    public var root: LaunchRoot
    /// The control groups the process is born in.
    public var cgroup: CgroupPlacement
    /// Where input comes from and output goes.
    public var stdio: StdioPlan
    /// The system call filter.
    public var seccomp: SeccompChoice
    /// Whether the keeper's own init is process 1 and reaps orphans (`--init`).
    public var usesInit = false
    /// Whether the process stops before execve until `start` (the two steps of the OCI command line).
    public var waitsForStart = false
    /// Names of limits (`RLIMIT_NOFILE`) the user asked for: only these make a launch fail when they cannot be raised.
    public var requiredRlimits: Set<String> = []
    /// Destinations of volumes that take over the image's content when they are empty.
    public var copyUpDestinations: Set<String> = []

    /// A plan with the standard system call filter.
    public init(
        id: String, spec: RuntimeSpec, root: LaunchRoot, cgroup: CgroupPlacement, stdio: StdioPlan,
        seccomp: SeccompChoice = .standard
    ) {
        self.id = id
        self.spec = spec
        self.root = root
        self.cgroup = cgroup
        self.stdio = stdio
        self.seccomp = seccomp
    }
}

/// The root file system of a container.
public enum LaunchRoot: Sendable, Hashable {
    /// Layers stacked by overlayfs inside the container's own mount namespace; no mount appears on the host.
    /// `lower` is ordered from the topmost layer to the base, as overlayfs wants it.
    case overlay(lower: [String], upper: String, work: String)
    /// A directory of the host.
    case directory(String)
}

/// Control group directories a process joins before any code of the container runs.
public struct CgroupPlacement: Sendable, Hashable {
    /// Absolute directory in the unified hierarchy; nil on hosts without one.
    public var unified: String?
    /// Absolute directories of v1 controllers by controller name (`memory`, `cpu`…).
    public var legacy: [String: String]

    /// Names the directories; they must exist.
    public init(unified: String? = nil, legacy: [String: String] = [:]) {
        self.unified = unified
        self.legacy = legacy
    }
}

/// The system call filter of a process.
public enum SeccompChoice: Sendable, Hashable {
    /// Docker's default policy for the process's capabilities.
    case standard
    /// None (`seccomp=unconfined`, `--privileged`).
    case unconfined
    /// `linux.seccomp` of the specification; refused when that is missing.
    case fromSpec
}

/// Where a process's input comes from and its output goes.
public struct StdioPlan: Sendable, Hashable {
    /// The streams' ends.
    public enum Kind: Sendable, Hashable {
        /// Nothing to read, output thrown away.
        case null
        /// Pipes that the keeper reads, logs and relays to attached clients.
        case relay
        /// A pseudo terminal whose master the keeper holds, logs and relays.
        case terminal(rows: UInt16, columns: UInt16)
        /// Descriptors that the caller hands over with the request: input, output, errors.
        case descriptors
    }

    /// The streams' ends.
    public var kind: Kind
    /// The log file; nil writes none.
    public var log: LogPlan?
    /// Whether input stays open for attached clients; otherwise the process reads end-of-file.
    public var opensInput: Bool
    /// Whether input is closed for good when the first attached client closes its end.
    public var closesInputOnce: Bool

    /// Describes the streams.
    public init(_ kind: Kind, log: LogPlan? = nil, opensInput: Bool = false, closesInputOnce: Bool = false) {
        self.kind = kind
        self.log = log
        self.opensInput = opensInput
        self.closesInputOnce = closesInputOnce
    }
}

/// A log in Docker's json-file format, rotated by size. When the disk is full, lines are dropped and counted.
public struct LogPlan: Sendable, Hashable {
    /// The file; older ones are `path.1`, `path.2` …
    public var path: String
    /// Size in bytes that starts a new file; 0 never does.
    public var maxSizeBytes: Int64
    /// Number of files kept, the current one included; at least 1.
    public var maxFiles: Int

    /// Describes a log; 10 MiB and 3 files unless told otherwise.
    public init(path: String, maxSizeBytes: Int64 = 10 * 1024 * 1024, maxFiles: Int = 3) {
        self.path = path
        self.maxSizeBytes = maxSizeBytes
        self.maxFiles = maxFiles
    }
}
