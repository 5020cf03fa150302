import Effects
import EventBus
import Keeper
import OCI
import Synchronization
import SystemLinux

extension ContainerRuntime {
    /// Registers a further process; nothing runs before `startExec`.
    /// - Throws: `.notRunning`, `.conflict` for a paused container, `.invalid` without a command.
    public func createExec(_ reference: String, _ request: ExecRequest) throws(RuntimeError) -> String {
        let cell = try registry.find(reference)
        let state = cell.record.state
        guard !request.arguments.isEmpty else { throw RuntimeError(.invalid, "No exec command specified") }
        guard state.phase != .paused else {
            throw RuntimeError(.conflict, "container \(reference) is paused, unpause the container before exec")
        }
        guard state.isAlive else { throw RuntimeError(.notRunning, "container \(cell.id) is not running") }
        let exec = ExecRecord(id: effects.hexID(), containerID: cell.id, request: request, createdAt: effects.now)
        try cell.with { inner throws(RuntimeError) in
            if inner.execs.count >= RuntimeConfiguration.execsPerContainerMax {
                let ended = inner.execs.values.filter { !$0.isRunning }
                guard let oldest = ended.min(by: { $0.createdAt < $1.createdAt }) else {
                    throw RuntimeError(
                        .unavailable,
                        "container \(cell.id) runs \(RuntimeConfiguration.execsPerContainerMax) execs already"
                    )
                }
                inner.execs[oldest.id] = nil
            }
            inner.execs[exec.id] = exec
        }
        return exec.id
    }

    /// What is known about an exec.
    /// - Throws: `.notFound`.
    public func inspectExec(_ id: String) throws(RuntimeError) -> ExecRecord {
        try findExec(id).1
    }

    private func findExec(_ id: String) throws(RuntimeError) -> (ContainerCell, ExecRecord) {
        for cell in registry.all {
            if let exec = cell.with({ $0.execs[id] }) { return (cell, exec) }
        }
        throw RuntimeError(.notFound, "No such exec instance: \(id)")
    }

    /// Starts an exec and hands its streams to the caller; they are nil when it is detached or attaches nothing.
    /// - Throws: `.conflict` when it was started before; `.commandNotFound` and `.commandNotExecutable` when the
    ///   program can't run, with the exit code recorded.
    public func startExec(
        _ id: String,
        detached: Bool = false,
        cause: Cause? = nil
    ) async throws -> ContainerStreams? {
        let (cell, exec) = try findExec(id)
        try cell.with { inner throws(RuntimeError) in
            guard inner.execs[id]?.wasStarted == false else {
                throw RuntimeError(.conflict, "exec \(id) was started already")
            }
            guard inner.record.state.phase == .running else {
                throw RuntimeError(.notRunning, "container \(cell.id) is not running")
            }
            inner.execs[id]?.wasStarted = true
        }
        do {
            let plan = try await execPlan(exec, of: cell, detached: detached)
            let started = try await keeper.exec(plan, descriptors: [])
            cell.with { inner in
                // The exit of a quick program may have been recorded already.
                if inner.execs[id]?.exitCode == nil { inner.execs[id]?.pid = started.record.pid }
            }
            publish(.execStarted(container: cell.id, exec: id), of: cell, cause: cause)
            guard plan.waitsForStart else { return nil }
            let options = AttachOptions(
                input: exec.request.attachStdin, output: exec.request.attachStdout, errors: exec.request.attachStderr
            )
            let streams = try await join(
                id, isTerminal: exec.request.tty, options: options, opensInput: exec.request.attachStdin
            )
            try await keeper.start(id)
            return streams
        } catch {
            let failure = StartFailure.explain(error, executable: exec.request.arguments.first ?? "")
            cell.with { $0.execs[id]?.exitCode = failure.exitCode }
            finishWaits(ofExec: id, code: failure.exitCode)
            throw failure.error
        }
    }

    /// Computes the process of an exec from the container's own plan.
    private func execPlan(_ exec: ExecRecord, of cell: ContainerCell, detached: Bool) async throws -> ExecPlan {
        let record = cell.record
        let facts = facts
        return try await BlockingPool.shared.run {
            let root = RootedPath(root: try File.open("/proc/\(record.state.pid)/root", [.directory, .path]))
            let process = try ExecPlanner.process(
                exec.request, container: record.request, hostname: record.hostname, users: ExecPlanner.users(in: root),
                host: facts
            )
            let request = exec.request
            let isAttached =
                !detached
                && (request.attachStdin || request.attachStdout || request.attachStderr || request.tty)
            let kind: StdioPlan.Kind =
                request.tty
                ? .terminal(rows: request.consoleSize.rows, columns: request.consoleSize.columns)
                : (isAttached ? .relay : .null)
            var plan = ExecPlan(
                id: exec.id, container: record.id, process: process,
                stdio: StdioPlan(
                    kind, opensInput: isAttached && request.attachStdin,
                    closesInputOnce: isAttached && request.attachStdin && !request.tty
                )
            )
            let isPrivileged = request.privileged || record.request.host.privileged
            let security = try SecurityOptions(record.request.host.securityOptions, privileged: isPrivileged)
            plan.seccomp = security.seccomp == .unconfined ? .unconfined : .standard
            plan.waitsForStart = isAttached
            return plan
        }
    }

    /// Takes the end of an exec.
    func finishExec(_ id: String, in container: String, exit: ContainerExit) {
        guard let cell = registry.cell(id: container) else { return }
        let isNew = cell.with { inner -> Bool in
            inner.execs[id]?.pid = 0
            // A program that could not be run has its code from the failed start already.
            guard inner.execs[id]?.exitCode == nil else { return false }
            inner.execs[id]?.exitCode = exit.code
            return true
        }
        guard isNew else { return }
        finishWaits(ofExec: id, code: exit.code)
        publish(
            .execExited(container: container, exec: id, exitCode: Int32(clamping: exit.code)), of: cell, cause: nil
        )
    }

    /// Tells an exec's terminal its size.
    public func resizeExec(_ id: String, rows: UInt16, columns: UInt16) async throws {
        let (cell, exec) = try findExec(id)
        guard exec.request.tty else { throw RuntimeError(.invalid, "exec \(id) has no terminal to resize") }
        cell.with { $0.execs[id]?.request.consoleSize = ConsoleSize(rows: rows, columns: columns) }
        guard exec.isRunning else { return }
        do {
            try await keeper.resize(id, rows: rows, columns: columns)
        } catch {
            throw RuntimeError(.unavailable, "cannot resize the terminal of exec \(id)", cause: error)
        }
    }

    /// Suspends until an exec has ended; its exit code.
    public func waitExec(_ id: String) async throws -> Int {
        let (cell, _) = try findExec(id)
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let done: Int? = cell.with { inner in
            if let code = inner.execs[id]?.exitCode { return code }
            execWaits.withLock { $0[id, default: []].append(continuation) }
            return nil
        }
        if let done { return done }
        for await code in stream { return code }
        throw CancellationError()
    }

    private func finishWaits(ofExec id: String, code: Int) {
        let waits = execWaits.withLock { $0.removeValue(forKey: id) } ?? []
        for wait in waits {
            wait.yield(code)
            wait.finish()
        }
    }

    /// Kills a running exec.
    public func killExec(_ id: String) async throws {
        do {
            try await keeper.signal(id, Signal.kill)
        } catch let error as KeeperError where error.code == .notRunning || error.code == .unknownProcess {
            return
        }
    }
}
