import Effects
import KubernetesAPI
import NIOCore
import Node
import Runtime
import SystemLinux

/// Carries logs, exec, attach and port-forward of the Kubernetes API to the runtime.
struct PodStreamsAdapter: PodStreams {
    /// Bytes asked of a forwarded connection at a time.
    static let forwardPieceBytes = 64 * 1024

    let runtime: ContainerRuntime
    let agent: NodeAgent

    func logs(of container: ContainerTarget, options: PodLogOptions, to output: PodOutput) async throws {
        var query = LogQuery(tail: options.tailLines, follow: options.follow && !options.previous)
        query.since = options.sinceNanoseconds.map(Timestamp.init(nanoseconds:))
        var remaining = options.limitBytes ?? Int.max
        for try await records in try runtime.logs(container.containerID, query) {
            var buffer = ByteBuffer()
            for record in records {
                if options.timestamps { buffer.writeString(record.time.rfc3339Nano + " ") }
                buffer.writeBytes(record.text)
            }
            if let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)) {
                try await output.write(slice)
                remaining -= slice.readableBytes
            }
            if remaining == 0 { return }
        }
    }

    func exec(_ command: [String], in container: ContainerTarget, session: PodSession) async throws -> Int32 {
        var request = ExecRequest(command)
        request.tty = session.tty
        request.attachStdin = session.stdin != nil
        let exec = try runtime.createExec(container.containerID, request)
        guard let streams = try await runtime.startExec(exec) else {
            throw PlatformError(.notFound, "the command of exec \(exec) has no streams")
        }
        do {
            try await carry(session, streams) { size in
                try? await runtime.resizeExec(exec, rows: size.height, columns: size.width)
            }
        } catch {
            try? await runtime.killExec(exec)
            throw error
        }
        return Int32(truncatingIfNeeded: try await runtime.waitExec(exec))
    }

    func attach(to container: ContainerTarget, session: PodSession) async throws {
        let options = AttachOptions(
            input: session.stdin != nil, output: session.stdout != nil, errors: session.stderr != nil
        )
        let streams = try await runtime.attach(container.containerID, options).streams()
        try await carry(session, streams) { size in
            try? await runtime.resize(container.containerID, rows: size.height, columns: size.width)
        }
    }

    /// Copies all streams until the process's outputs end; input and resizes stop then.
    private func carry(
        _ session: PodSession,
        _ streams: ContainerStreams,
        resize: @escaping @Sendable (TerminalSize) async -> Void
    ) async throws {
        defer { streams.close() }
        try await withThrowingTaskGroup(of: Void.self) { side in
            if let stdin = session.stdin, let input = streams.input {
                side.addTask {
                    for await buffer in stdin {
                        // A process that does not read any more ends the copying, not the session.
                        do { try await input.write(Array(buffer.readableBytesView)) } catch { return }
                    }
                    input.close()
                }
            }
            side.addTask {
                for await size in session.resizes { await resize(size) }
            }
            try await withThrowingTaskGroup(of: Void.self) { outputs in
                for (source, target) in [(streams.output, session.stdout), (streams.errors, session.stderr)] {
                    guard let source else { continue }
                    outputs.addTask {
                        while let bytes = try await source.read() {
                            try await target?.write(ByteBuffer(bytes: bytes))
                        }
                    }
                }
                try await outputs.waitForAll()
            }
            side.cancelAll()
        }
    }

    func forward(port: UInt16, of pod: PodTarget, input: PodInput, output: PodOutput) async throws {
        guard let sandbox = await agent.sandbox(namespace: pod.namespace, pod: pod.name) else {
            throw PlatformError(.notFound, "pod \(pod.namespace)/\(pod.name) does not run")
        }
        let streams = try await runtime.connect(toPort: port, inSandbox: sandbox.id)
        defer { streams.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = try await streams.read() { try await output.write(ByteBuffer(bytes: bytes)) }
            }
            group.addTask {
                for await buffer in input { try await streams.write(Array(buffer.readableBytesView)) }
                streams.finishWriting()
            }
            try await group.waitForAll()
        }
    }
}
