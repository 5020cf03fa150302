import Effects

/// Where a container stands in its life, and the facts about its last run.
public struct ContainerState: Sendable, Hashable {
    /// The stations of a container's life; the raw values are Docker's `State.Status`.
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// Made, never started.
        case created
        /// The program runs.
        case running
        /// The program is frozen.
        case paused
        /// The program ended and is started again after a wait.
        case restarting
        /// It is being removed.
        case removing
        /// The program ended.
        case exited
        /// It could not be removed whole; only another removal is possible.
        case dead
    }

    /// The station.
    public var phase: Phase = .created
    /// Process id on the host while running, else 0.
    public var pid: Int32 = 0
    /// When the process began, in clock ticks since boot; with `pid` it names one process for ever.
    public var startTicks: UInt64 = 0
    /// Exit code of the last run, 128+n for signal n.
    public var exitCode = 0
    /// Whether the kernel killed the last run for memory.
    public var oomKilled = false
    /// Why the last start failed, empty when it did not.
    public var error = ""
    /// When the last run began.
    public var startedAt: Timestamp?
    /// When the last run ended.
    public var finishedAt: Timestamp?
    /// Restarts made by the policy since the last start by hand.
    public var restartCount = 0
    /// Whether the last stop was asked for; `unless-stopped` remembers it over restarts of the platform.
    public var stoppedByHand = false
    /// The wait before the last restart, zero when there was none.
    public var restartDelay: Duration = .zero

    /// A container that was just made.
    public init() {}

    /// Whether a process exists: running or paused.
    public var isAlive: Bool { phase == .running || phase == .paused }
}

/// How a program ended.
public struct ContainerExit: Sendable, Hashable {
    /// Exit code; 128+n for signal n, 255 when unknown.
    public var code: Int
    /// Whether the kernel killed it for memory.
    public var oomKilled: Bool
    /// When it ended.
    public var at: Timestamp

    /// Makes an exit.
    public init(code: Int, oomKilled: Bool = false, at: Timestamp) {
        self.code = code
        self.oomKilled = oomKilled
        self.at = at
    }

    /// The exit code of a program that ended by `signal` (shell convention, 128+n).
    public static func code(ofSignal signal: Int32) -> Int { 128 + Int(signal) }
}
