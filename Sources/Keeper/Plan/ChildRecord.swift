/// One process of the keeper, as it tells the daemon: enough to adopt it again after either of them died.
public struct ChildRecord: Sendable, Hashable {
    /// Where a process stands.
    public enum State: UInt8, Sendable {
        /// Set up but not executed: it waits for `start`.
        case created = 1
        /// Executing.
        case running = 2
        /// Ended; its exit is not acknowledged yet.
        case exited = 3
    }

    /// The process's id.
    public var id: String
    /// For exec: the container it belongs to; empty for a container's first process.
    public var container: String
    /// Where it stands.
    public var state: State
    /// Process id in the keeper's pid namespace.
    public var pid: Int32
    /// When it was started, in clock ticks since boot (`/proc/PID/stat` field 22): with `pid` it names one process.
    public var startTicks: UInt64
    /// When it was started, nanoseconds since the epoch.
    public var startedAt: Int64
    /// Its log file; nil when it has none.
    public var log: LogPlan?
    /// Whether it has a pseudo terminal.
    public var hasTerminal: Bool
    /// Whether input is still open for attached clients.
    public var inputOpen: Bool
    /// Whether input is closed with the first attached client.
    public var closesInputOnce: Bool
    /// The control groups it is in.
    public var cgroup: CgroupPlacement
    /// Bytes of output that could not be logged (disk full).
    public var droppedLogBytes: UInt64

    /// Describes a process.
    public init(
        id: String, container: String = "", state: State, pid: Int32, startTicks: UInt64, startedAt: Int64,
        log: LogPlan? = nil, hasTerminal: Bool = false, inputOpen: Bool = false, closesInputOnce: Bool = false,
        cgroup: CgroupPlacement = CgroupPlacement(), droppedLogBytes: UInt64 = 0
    ) {
        self.id = id
        self.container = container
        self.state = state
        self.pid = pid
        self.startTicks = startTicks
        self.startedAt = startedAt
        self.log = log
        self.hasTerminal = hasTerminal
        self.inputOpen = inputOpen
        self.closesInputOnce = closesInputOnce
        self.cgroup = cgroup
        self.droppedLogBytes = droppedLogBytes
    }
}

/// How a process ended. Written to `<state>/exits/<id>.json` before it is announced.
public struct ExitRecord: Sendable, Hashable {
    /// Why the status is what it is.
    public enum Reason: String, Sendable {
        /// The program exited with `code`.
        case exited = "Exited"
        /// A signal ended it; `code` is 128 plus its number.
        case signaled = "Signaled"
        /// The kernel ended it for lack of memory in its control group; `code` is 137.
        case outOfMemory = "OOMKilled"
        /// It ended while no keeper lived and the kernel could not tell how; `code` is 255.
        case keeperLost = "KeeperLost"
    }

    /// The code of an end that nobody saw.
    public static let unknownCode: Int32 = 255

    /// The process's id.
    public var id: String
    /// For exec: the container it belonged to; empty otherwise.
    public var container: String
    /// Process id it had.
    public var pid: Int32
    /// 0 to 255.
    public var code: Int32
    /// Why.
    public var reason: Reason
    /// Whether the control group had an out-of-memory kill, also when the first process was not the victim.
    public var outOfMemory: Bool
    /// Nanoseconds since the epoch.
    public var startedAt: Int64
    /// Nanoseconds since the epoch.
    public var finishedAt: Int64

    /// Describes an end.
    public init(
        id: String, container: String = "", pid: Int32, code: Int32, reason: Reason, outOfMemory: Bool = false,
        startedAt: Int64, finishedAt: Int64
    ) {
        self.id = id
        self.container = container
        self.pid = pid
        self.code = code
        self.reason = reason
        self.outOfMemory = outOfMemory
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}
