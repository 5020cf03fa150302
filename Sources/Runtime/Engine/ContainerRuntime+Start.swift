import Effects
import EventBus
import Images
import Keeper
import OCI
import SystemLinux

extension ContainerRuntime {
    /// Starts a created or ended container; returns when its program executes and its ports answer.
    /// - Throws: `.unchanged` when it runs; `.commandNotFound`, `.commandNotExecutable`, `.startFailed` when the
    ///   program can't be started, and what planning and the network throw.
    public func start(_ reference: String, cause: Cause? = nil) async throws {
        let cell = try registry.find(reference)
        try await cell.gate.run { try await self.startRun(cell, byHand: true, cause: cause) }
    }

    /// One start; the caller holds the gate.
    func startRun(_ cell: ContainerCell, byHand: Bool, cause: Cause?) async throws {
        let previous = cell.record
        try cell.with { inner throws(RuntimeError) in
            try inner.record.machine.beginStart(byHand: byHand)
            inner.generation += 1
            inner.isStarting = true
            inner.restart?.cancel()
            inner.restart = nil
        }
        do {
            let plan = try await prepare(cell)
            try await execute(plan, of: cell, cause: cause)
        } catch {
            throw await failStart(of: cell, with: error, wasCreated: previous.state.phase == .created)
        }
    }

    // MARK: - Execution

    /// Hands the plan to the keeper, serves clients that attached before, and records the run.
    private func execute(_ plan: LaunchPlan, of cell: ContainerCell, cause: Cause?) async throws {
        var plan = plan
        let waiting = cell.takeAttachments()
        plan.waitsForStart = !waiting.isEmpty
        let started = try await keeper.launch(plan, descriptors: [])
        if !waiting.isEmpty {
            await serve(waiting, of: cell)
            try await keeper.start(cell.id)
        }
        let early: ContainerExit? = cell.with { inner in
            inner.record.machine.started(
                pid: started.record.pid, startTicks: started.record.startTicks,
                at: Timestamp(nanoseconds: started.record.startedAt)
            )
            inner.isStarting = false
            defer { inner.earlyExit = nil }
            return inner.earlyExit
        }
        publish(.started(container: cell.id, pid: started.record.pid), of: cell, cause: cause)
        await serve(cell.takeAttachments(), of: cell)
        if let early {
            // The program ended before its start was recorded.
            await finishRun(cell, exit: early)
            return
        }
        try await activatePorts(of: cell)
        try await save(cell)
        startHealthChecks(of: cell)
    }

    /// Gives attached clients their streams.
    private func serve(_ attachments: [PendingAttachment], of cell: ContainerCell) async {
        for attachment in attachments {
            do {
                attachment.continuation.yield(try await attachNow(cell, attachment.options))
                attachment.continuation.finish()
            } catch {
                attachment.continuation.finish(throwing: error)
            }
        }
    }

    private func activatePorts(of cell: ContainerCell) async throws {
        let record = cell.record
        guard let ports, !record.ports.isEmpty else { return }
        let address = record.attachments.first?.ipv4Address ?? ""
        guard !address.isEmpty else { return }
        do {
            try await ports.activate(record.ports, containerID: record.id, containerAddress: address)
        } catch {
            // A container whose ports don't answer is not what was asked for.
            try await keeper.signal(record.id, Signal.kill)
            throw RuntimeError(.startFailed, "cannot publish the ports of container \(record.name)", cause: error)
        }
    }

    // MARK: - Failure

    /// Undoes a failed start and says in the right words why.
    private func failStart(of cell: ContainerCell, with error: any Error, wasCreated: Bool) async -> RuntimeError {
        let failure = StartFailure.explain(error, executable: cell.record.request.arguments.first ?? "")
        let actions = cell.with { inner in
            inner.isStarting = false
            inner.earlyExit = nil
            return inner.record.machine.startFailed(
                code: failure.exitCode, reason: failure.error.message, at: effects.now
            )
        }
        for attachment in cell.takeAttachments() { attachment.continuation.finish(throwing: failure.error) }
        await releaseRun(cell)
        await saveOrLog(cell)
        let outcome = WaitOutcome(exitCode: failure.exitCode, error: failure.error.message)
        for wait in cell.takeWaits(removed: false) {
            wait.yield(outcome)
            wait.finish()
        }
        if actions.contains(.remove) {
            finishing.start { [self] in await removeEnded(cell) }
        }
        return failure.error
    }
}

/// What a failed start means for the person who asked. Pure.
enum StartFailure {
    /// The error to throw and the exit code to record (docker-oci.md §3.5).
    static func explain(_ error: any Error, executable: String) -> (error: RuntimeError, exitCode: Int) {
        switch error {
        case let error as RuntimeError: return (error, exitCode(of: error.code))
        case let error as KeeperError where error.step == LaunchStep.execute:
            return explainExecution(error, executable: executable)
        case let error as KeeperError where error.code == .launchFailed:
            return (RuntimeError(.startFailed, "cannot start the container: \(error.message)", cause: error), 128)
        case let error as KeeperError:
            return (
                RuntimeError(.unavailable, "the keeper cannot start the container: \(error.message)", cause: error), 128
            )
        default:
            return (RuntimeError(.startFailed, "cannot start the container: \(error)", cause: error), 128)
        }
    }

    private static func explainExecution(
        _ error: KeeperError,
        executable: String
    ) -> (error: RuntimeError, exitCode: Int) {
        switch error.errno {
        case .noEntry?:
            let reason = executable.contains("/") ? "no such file or directory" : "executable file not found in $PATH"
            return (RuntimeError(.commandNotFound, "exec: \"\(executable)\": \(reason)", cause: error), 127)
        case .accessDenied?, .isDirectory?:
            let reason = error.errno == .isDirectory ? "is a directory" : "permission denied"
            return (RuntimeError(.commandNotExecutable, "exec: \"\(executable)\": \(reason)", cause: error), 126)
        default:
            let reason = error.errno.map { "\($0)" } ?? error.message
            return (RuntimeError(.commandNotExecutable, "exec: \"\(executable)\": \(reason)", cause: error), 126)
        }
    }

    private static func exitCode(of code: RuntimeError.Code) -> Int {
        switch code {
        case .commandNotFound: 127
        case .commandNotExecutable: 126
        default: 128
        }
    }
}

/// Names of the launch path's steps that are told apart here.
enum LaunchStep {
    /// execve of the program.
    static let execute = "exec"
}
