import Effects

/// The life of a container as pure transitions: each method checks that it is allowed, changes the state and returns
/// what the engine has to do. No clock, no process, no file.
public struct ContainerStateMachine: Sendable, Hashable {
    /// What the engine does after a transition, in order.
    public enum Action: Sendable, Hashable {
        /// Take the network, ports and mounts of the ended run away.
        case releaseRun
        /// Start again after the wait, unless stopped meanwhile.
        case restart(after: Duration)
        /// Remove the container (`--rm`).
        case remove
    }

    /// The state now.
    public private(set) var state: ContainerState
    /// What follows an exit.
    public var policy: RestartPolicy
    /// Whether the container goes away with its exit.
    public var autoRemove: Bool
    /// Whether the run is being ended on request, so that its exit is no reason to restart. Not kept over a restart of
    /// the daemon: what stopped with the platform comes back with it.
    private var isStopping = false

    /// Takes up a container's life at `state`.
    public init(state: ContainerState = ContainerState(), policy: RestartPolicy, autoRemove: Bool) {
        self.state = state
        self.policy = policy
        self.autoRemove = autoRemove
    }

    // MARK: - Start

    /// Checks that a start is allowed. `byHand` resets the restart counter and the memory of a stop.
    /// - Throws: `.unchanged` when it runs, `.conflict` when it is paused or on its way out.
    public mutating func beginStart(byHand: Bool) throws(RuntimeError) {
        switch state.phase {
        case .created, .exited, .restarting: break
        case .running: throw RuntimeError(.unchanged, "container is already running")
        case .paused: throw RuntimeError(.conflict, "cannot start a paused container, try unpause instead")
        case .removing, .dead:
            throw RuntimeError(.conflict, "container is marked for removal and cannot be started")
        }
        if byHand {
            state.restartCount = 0
            state.restartDelay = .zero
            state.stoppedByHand = false
        }
        state.error = ""
        isStopping = false
    }

    /// The program runs.
    public mutating func started(pid: Int32, startTicks: UInt64 = 0, at time: Timestamp) {
        state.phase = .running
        state.pid = pid
        state.startTicks = startTicks
        state.exitCode = 0
        state.oomKilled = false
        state.startedAt = time
        state.finishedAt = nil
    }

    /// The program was found running by a daemon that knew less: it is adopted.
    public mutating func adopted(pid: Int32, startTicks: UInt64 = 0, startedAt: Timestamp) {
        guard state.phase != .paused else {
            state.pid = pid
            state.startTicks = startTicks
            return
        }
        started(pid: pid, startTicks: startTicks, at: startedAt)
    }

    /// The start failed with `code` (126, 127, 128) for `reason`; a created container stays created.
    public mutating func startFailed(code: Int, reason: String, at time: Timestamp) -> [Action] {
        if state.phase != .created { state.phase = .exited }
        state.pid = 0
        state.exitCode = code
        state.error = reason
        state.finishedAt = time
        return autoRemove ? [.releaseRun, .remove] : [.releaseRun]
    }

    // MARK: - Exit

    /// The program ended. Late reports about a run that is over already change nothing.
    public mutating func exited(_ exit: ContainerExit) -> [Action] {
        guard state.isAlive || state.phase == .removing else { return [] }
        let ran = state.startedAt.map { exit.at - $0 } ?? .zero
        state.pid = 0
        state.exitCode = exit.code
        state.oomKilled = exit.oomKilled
        state.finishedAt = exit.at
        if state.phase == .removing { return [.releaseRun] }
        state.phase = .exited
        if autoRemove { return [.releaseRun, .remove] }
        if state.stoppedByHand || isStopping { return [.releaseRun] }
        let delay = policy.delay(
            exitCode: exit.code,
            restartCount: state.restartCount,
            ran: ran,
            previousDelay: state.restartDelay
        )
        guard let delay else { return [.releaseRun] }
        state.phase = .restarting
        state.restartCount += 1
        state.restartDelay = delay
        return [.releaseRun, .restart(after: delay)]
    }

    // MARK: - Stop

    /// Notes that a person (or the platform's end) wants it down; answers whether a process has to be stopped.
    /// - Throws: `.unchanged` when nothing runs and no restart is waiting.
    public mutating func beginStop(byHand: Bool) throws(RuntimeError) -> Bool {
        if byHand { state.stoppedByHand = true }
        switch state.phase {
        case .running, .paused:
            isStopping = true
            return true
        case .restarting:
            state.phase = .exited
            return false
        case .created, .exited, .dead, .removing:
            throw RuntimeError(.unchanged, "container is not running")
        }
    }

    // MARK: - Pause

    /// Checks that a pause is allowed.
    public func checkPause() throws(RuntimeError) {
        switch state.phase {
        case .running: return
        case .paused: throw RuntimeError(.conflict, "container is already paused")
        default: throw RuntimeError(.notRunning, "container is not running")
        }
    }

    /// The program is frozen.
    public mutating func paused() {
        if state.phase == .running { state.phase = .paused }
    }

    /// Checks that an unpause is allowed.
    public func checkUnpause() throws(RuntimeError) {
        guard state.phase == .paused else { throw RuntimeError(.conflict, "container is not paused") }
    }

    /// The program goes on.
    public mutating func unpaused() {
        if state.phase == .paused { state.phase = .running }
    }

    // MARK: - Removal

    /// Marks it for removal; answers whether a process has to be killed first.
    /// - Throws: `.conflict` when it runs and `force` is false, or when another removal is under way.
    public mutating func beginRemove(force: Bool) throws(RuntimeError) -> Bool {
        switch state.phase {
        case .removing:
            throw RuntimeError(.conflict, "removal of the container is already in progress")
        case .running, .paused, .restarting:
            guard force else {
                let name = state.phase.rawValue
                throw RuntimeError(
                    .conflict, "container is \(name): stop the container before removing or force remove"
                )
            }
            let alive = state.isAlive
            state.phase = .removing
            return alive
        case .created, .exited, .dead:
            state.phase = .removing
            return false
        }
    }

    /// The removal failed half-way; only another removal is possible now.
    public mutating func removalFailed() {
        state.phase = .dead
    }
}
