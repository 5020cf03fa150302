import Effects
import Node
import Runtime

/// Runs a command in a container and keeps what it writes, for probes and hooks.
struct CapturedExec: Sendable {
    let runtime: ContainerRuntime
    let effects: Effects

    /// Runs `command`; kills it when `timeout` passes.
    /// - Throws: `PodRuntimeError` `.timedOut`, or what the runtime throws when it can't start.
    func run(
        _ command: [String],
        in container: String,
        timeout: Duration,
        limitBytes: Int
    ) async throws -> PodExecResult {
        let exec = try runtime.createExec(container, ExecRequest(command))
        let streams = try await runtime.startExec(exec)
        defer { streams?.close() }
        return try await withThrowingTaskGroup(of: PodExecResult?.self) { group in
            group.addTask {
                let output = try await Self.collect(streams, limitBytes: limitBytes)
                let code = try await runtime.waitExec(exec)
                return PodExecResult(exitCode: Int32(truncatingIfNeeded: code), output: output)
            }
            group.addTask {
                try await effects.time.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                try await runtime.killExec(exec)
                throw PodRuntimeError(.timedOut, "command timed out: \(command.joined(separator: " "))")
            }
            return result
        }
    }

    /// Both outputs together; what is over the limit is read and dropped, so that the command never waits for us.
    private static func collect(_ streams: ContainerStreams?, limitBytes: Int) async throws -> [UInt8] {
        guard let streams else { return [] }
        let collector = BoundedCollector(limitBytes: limitBytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stream in [streams.output, streams.errors].compactMap({ $0 }) {
                group.addTask {
                    while let bytes = try await stream.read() { await collector.add(bytes) }
                }
            }
            try await group.waitForAll()
        }
        return await collector.bytes
    }
}

/// Collects bytes up to a limit.
private actor BoundedCollector {
    private let limitBytes: Int
    private(set) var bytes: [UInt8] = []

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    func add(_ more: [UInt8]) {
        bytes += more.prefix(max(0, limitBytes - bytes.count))
    }
}
