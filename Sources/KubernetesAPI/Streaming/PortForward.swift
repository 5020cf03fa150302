import HTTPService
import NIOCore

/// port-forward: pairs of SPDY streams (data and error) with a common request id, directly on the connection or as
/// slices in the binary messages of a WebSocket.
struct PortForward: Sendable {
    /// Protocol name on plain SPDY.
    static let spdyProtocol = "portforward.k8s.io"
    /// Protocol name on WebSocket.
    static let tunnelProtocol = "SPDY/3.1+portforward.k8s.io"

    /// Connects a port of the pod with a client's streams until both directions are over.
    let connect: @Sendable (UInt16, PodInput, PodOutput) async throws -> Void

    /// Serves plain SPDY.
    func serve(_ stream: ByteStream) async throws {
        let session = SPDYSession { try await stream.write($0) }
        try await self.serve(session) { try await session.run(stream.inbound) }
    }

    /// Serves SPDY inside WebSocket messages.
    func serveTunnel(_ stream: ByteStream) async throws {
        let socket = WebSocketConnection(stream: stream)
        let session = SPDYSession { try await socket.send(binary: $0) }
        try await self.serve(session) {
            let pipe = BoundedPipe()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { pipe.finish() }
                    try await socket.run { await pipe.write($0.payload) }
                }
                group.addTask { try await session.run(pipe) }
                try await group.next()
                pipe.cancelReading()
                try await group.waitForAll()
            }
            try await socket.close()
        }
    }

    private func serve(_ session: SPDYSession, reading: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await reading()
                throw CancellationError()
            }
            group.addTask { await self.pair(session) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Joins error and data streams of a request and connects them.
    private func pair(_ session: SPDYSession) async {
        await withDiscardingTaskGroup { group in
            var waiting: [String: SPDYStream] = [:]
            for await stream in session.streams {
                let key = stream.headers["requestid"] ?? stream.headers["port"] ?? ""
                guard let other = waiting.removeValue(forKey: key) else {
                    waiting[key] = stream
                    continue
                }
                let isError = stream.headers["streamtype"] == "error"
                let (errors, data) = isError ? (stream, other) : (other, stream)
                group.addTask { await self.run(data: data, errors: errors) }
            }
        }
    }

    private func run(data: SPDYStream, errors: SPDYStream) async {
        do {
            guard let port = data.headers["port"].flatMap({ UInt16($0) }), port > 0 else {
                throw StreamingError(.protocolViolation, "port \(data.headers["port"] ?? "") is not a port number")
            }
            try await self.connect(port, PodInput(pipe: data.input), PodOutput { try await data.write($0) })
        } catch {
            let text = "error forwarding port \(data.headers["port"] ?? ""): \(error)"
            // A client that is gone needs no explanation.
            try? await errors.write(ByteBuffer(string: text))
        }
        // Closing both tells the client that this connection is over; it may be gone already.
        try? await errors.close()
        try? await data.close()
    }
}
