import Effects
import EventBus
import Keeper
import SystemLinux

extension ContainerRuntime {
    /// Stops a container: its stop signal, the wait, then SIGKILL. Returns after the exit is recorded.
    ///
    /// Does not hold the gate while it waits, so a second stop with a shorter wait shortens the first.
    /// - Parameters:
    ///   - signal: replaces the container's stop signal.
    ///   - timeoutSeconds: replaces the container's wait; negative waits for ever.
    ///   - byHand: whether restart policies remember it; the platform's own end is not by hand.
    /// - Throws: `.unchanged` when it does not run; `.internalFailure` when SIGKILL does not end it in 10 s.
    public func stop(
        _ reference: String,
        signal: String? = nil,
        timeoutSeconds: Int? = nil,
        byHand: Bool = true,
        cause: Cause? = nil
    ) async throws {
        let cell = try registry.find(reference)
        let plan = try StopPlan(signal: signal, timeoutSeconds: timeoutSeconds, request: cell.record.request)
        let mustWait = try await cell.gate.run {
            let wasPaused = cell.record.state.phase == .paused
            let mustStop = try cell.with { inner throws(RuntimeError) in
                inner.restart?.cancel()
                inner.restart = nil
                return try inner.record.machine.beginStop(byHand: byHand)
            }
            try await self.save(cell)
            if mustStop, wasPaused { try await self.thaw(cell) }
            return mustStop
        }
        guard mustWait else {
            await endWaitingRestart(of: cell)
            return
        }
        try await bringDown(cell, plan: plan, cause: cause)
    }

    /// A container that waited for its restart has ended now; whoever waits is told.
    private func endWaitingRestart(of cell: ContainerCell) async {
        await releaseRun(cell)
        await saveOrLog(cell)
        let outcome = WaitOutcome(exitCode: cell.record.state.exitCode)
        for wait in cell.takeWaits(removed: false) {
            wait.yield(outcome)
            wait.finish()
        }
    }

    /// Signal, wait, SIGKILL.
    private func bringDown(_ cell: ContainerCell, plan: StopPlan, cause: Cause?) async throws {
        let ticket = try cell.wait(for: .notRunning)
        try await send(plan.signal, to: cell, cause: cause)
        let limit = plan.signal == Signal.kill ? .seconds(StopPlan.killTimeoutSeconds) : plan.timeout
        if await ended(ticket, within: limit) { return }
        let killed = try cell.wait(for: .notRunning)
        try await send(Signal.kill, to: cell, cause: cause)
        guard await ended(killed, within: .seconds(StopPlan.killTimeoutSeconds)) else {
            throw RuntimeError(
                .internalFailure,
                "container \(cell.id) did not end \(StopPlan.killTimeoutSeconds) s after SIGKILL; "
                    + "a process of it may hang in the kernel"
            )
        }
    }

    /// Whether the wait came true in time.
    func ended(_ ticket: WaitTicket, within limit: Duration?) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await ticket.outcome()) != nil }
            if let limit {
                group.addTask { [effects] in
                    try? await effects.time.sleep(for: limit)
                    return false
                }
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    /// Sends a signal to the first process; one that ended a moment ago is fine.
    func send(_ signal: Int32, to cell: ContainerCell, cause: Cause?) async throws {
        do {
            try await keeper.signal(cell.id, signal)
            publish(.killed(container: cell.id, signal: signal), of: cell, cause: cause)
        } catch let error as KeeperError where error.code == .notRunning || error.code == .unknownProcess {
            return
        } catch {
            throw RuntimeError(.unavailable, "cannot signal container \(cell.id)", cause: error)
        }
    }

    /// Sends a signal.
    /// - Parameter signal: name or number; empty is SIGKILL.
    /// - Throws: `.notRunning`, `.invalid` for an unknown signal.
    public func kill(_ reference: String, signal: String = "", cause: Cause? = nil) async throws {
        let cell = try registry.find(reference)
        let number = signal.isEmpty ? Signal.kill : try Signal.number(of: signal)
        let record = cell.record
        guard record.state.isAlive else {
            throw RuntimeError(
                .notRunning, "cannot kill container: \(reference): container \(record.id) is not running")
        }
        let stop = try StopPlan(request: record.request).signal
        if number == Signal.kill || number == stop {
            // A person who sends the end wants it to stay down.
            _ = try? cell.with { inner throws(RuntimeError) in try inner.record.machine.beginStop(byHand: true) }
        }
        try await send(number, to: cell, cause: cause)
        // A frozen program takes the signal when it runs again.
        if number == Signal.kill, record.state.phase == .paused { try await thaw(cell) }
    }

    // MARK: - Pause

    /// Freezes every process.
    public func pause(_ reference: String, cause: Cause? = nil) async throws {
        let cell = try registry.find(reference)
        try await cell.gate.run {
            try cell.record.machine.checkPause()
            try await self.freeze(cell, true)
            cell.with { $0.record.machine.paused() }
            try await self.save(cell)
            self.publish(.paused(container: cell.id), of: cell, cause: cause)
        }
    }

    /// Lets frozen processes go on.
    public func unpause(_ reference: String, cause: Cause? = nil) async throws {
        let cell = try registry.find(reference)
        try await cell.gate.run {
            try cell.record.machine.checkUnpause()
            try await self.thaw(cell)
            try await self.save(cell)
            self.publish(.unpaused(container: cell.id), of: cell, cause: cause)
        }
    }

    func thaw(_ cell: ContainerCell) async throws {
        try await freeze(cell, false)
        cell.with { $0.record.machine.unpaused() }
    }

    private func freeze(_ cell: ContainerCell, _ frozen: Bool) async throws {
        let path = cgroupPath(cell.record)
        let cgroups = cgroups
        do {
            try await BlockingPool.shared.run { try cgroups.freeze(path, frozen) }
        } catch {
            throw RuntimeError(
                .internalFailure, "cannot \(frozen ? "pause" : "unpause") container \(cell.id)", cause: error
            )
        }
    }

    /// Stops (if it runs) and starts.
    public func restart(
        _ reference: String,
        signal: String? = nil,
        timeoutSeconds: Int? = nil,
        cause: Cause? = nil
    ) async throws {
        do {
            try await stop(reference, signal: signal, timeoutSeconds: timeoutSeconds, byHand: false, cause: cause)
        } catch let error as RuntimeError where error.code == .unchanged {
            // It did not run; starting it is all there is to do.
        }
        // A restart policy may have been quicker; then it runs, which is what was wanted.
        do {
            try await start(reference, cause: cause)
        } catch let error as RuntimeError where error.code == .unchanged {}
    }
}
