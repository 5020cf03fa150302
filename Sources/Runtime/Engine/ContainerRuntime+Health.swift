import Effects
import EventBus

extension ContainerRuntime {
    /// Begins to probe a running container that has a check.
    func startHealthChecks(of cell: ContainerCell) {
        guard let check = cell.record.request.health, check.isActive else { return }
        let generation = cell.with { inner -> UInt64 in
            inner.health?.cancel()
            inner.healthState = HealthState()
            return inner.generation
        }
        publish(.healthChanged(container: cell.id, status: HealthState.Status.starting.rawValue), of: cell, cause: nil)
        let task = Task { [self] in
            while !Task.isCancelled {
                let record = cell.record
                guard let startedAt = record.state.startedAt else { return }
                let delay = cell.with { $0.healthState.nextDelay(check: check, startedAt: startedAt, now: effects.now) }
                guard (try? await effects.time.sleep(for: delay)) != nil else { return }
                guard cell.with({ $0.generation == generation && $0.record.state.phase == .running }) else {
                    if cell.record.state.phase == .paused { continue }
                    return
                }
                let probe = await probe(cell, check: check)
                if Task.isCancelled { return }
                let changed = cell.with { $0.healthState.take(probe, check: check, startedAt: startedAt) }
                if let changed {
                    publish(.healthChanged(container: cell.id, status: changed.rawValue), of: cell, cause: nil)
                }
            }
        }
        cell.with { $0.health = task }
    }

    /// Runs the check once.
    private func probe(_ cell: ContainerCell, check: HealthCheck) async -> HealthState.Probe {
        let start = effects.now
        let arguments =
            check.test.first == "CMD-SHELL"
            ? ["/bin/sh", "-c"] + check.test.dropFirst()
            : Array(check.test.dropFirst(check.test.first == "CMD" ? 1 : 0))
        let timeout: Duration = check.timeoutNanoseconds > 0 ? .nanoseconds(check.timeoutNanoseconds) : .seconds(30)
        do {
            let result = try await execute(
                ExecRequest(arguments), in: cell.id, timeout: timeout, outputMaxBytes: HealthState.outputMaxBytes
            )
            let text = String(decoding: result.output, as: UTF8.self)
            return HealthState.Probe(start: start, end: effects.now, exitCode: result.exitCode ?? -1, output: text)
        } catch {
            return HealthState.Probe(start: start, end: effects.now, exitCode: -1, output: "\(error)")
        }
    }

    /// What a command in a container gave.
    public struct ExecResult: Sendable, Hashable {
        /// Exit code; nil when the time was over and the command was killed.
        public let exitCode: Int?
        /// Output and errors in order of arrival, cut at the limit.
        public let output: [UInt8]
    }

    /// Runs a command in a running container and waits for its end, killing it when the time is over.
    /// - Throws: as `createExec` and `startExec`.
    public func execute(
        _ request: ExecRequest,
        in reference: String,
        timeout: Duration,
        outputMaxBytes: Int
    ) async throws -> ExecResult {
        let id = try createExec(reference, request)
        guard let streams = try await startExec(id) else {
            return ExecResult(exitCode: try await waitExec(id), output: [])
        }
        let collected = OutputCollector(limit: outputMaxBytes)
        let exitCode: Int? = await withTaskGroup(of: Int?.self) { group in
            group.addTask { [self] in
                async let errors: Void = collected.drain(streams.errors)
                await collected.drain(streams.output)
                await errors
                return try? await waitExec(id)
            }
            group.addTask { [effects] in
                try? await effects.time.sleep(for: timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if exitCode == nil { try await killExec(id) }
        streams.close()
        return ExecResult(exitCode: exitCode, output: await collected.bytes)
    }
}

/// Collects the output of a command up to a limit; the rest is read and thrown away.
private actor OutputCollector {
    private let limit: Int
    private(set) var bytes: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    private func append(_ more: [UInt8]) {
        bytes += more.prefix(max(0, limit - bytes.count))
    }

    nonisolated func drain(_ stream: DescriptorStream?) async {
        guard let stream else { return }
        // A broken pipe is the end of the output.
        while let more = try? await stream.read() { await append(more) }
    }
}
