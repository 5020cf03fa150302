import Document
import HTTPService
import NIOCore

/// exec and attach over WebSocket: one channel byte before the data of each message.
struct WebSocketRemoteCommand: Sendable {
    /// Subprotocols this server speaks, best first.
    enum Version: String, CaseIterable, Sendable {
        case v5 = "v5.channel.k8s.io"
        case v4 = "v4.channel.k8s.io"
        case v4Base64 = "v4.base64.channel.k8s.io"
        case v1 = "channel.k8s.io"
        case v1Base64 = "base64.channel.k8s.io"

        var isBase64: Bool { self == .v4Base64 || self == .v1Base64 }
        /// From v4 on the error channel carries a Status, also on success.
        var reportsStatus: Bool { self == .v5 || self == .v4 || self == .v4Base64 }
    }

    private enum Channel: UInt8 {
        case stdin = 0
        case stdout = 1
        case stderr = 2
        case error = 3
        case resize = 4
    }

    /// First byte of v5's close signal; the channel to close follows.
    private static let closeSignal: UInt8 = 255

    let version: Version
    let command: RemoteCommand

    /// Picks the best version both sides speak; a client that names none gets the oldest.
    static func version(offered: [String]) -> Version? {
        guard !offered.isEmpty else { return .v1 }
        return Version.allCases.first { offered.contains($0.rawValue) }
    }

    /// Runs the command over the stream; returns when it is over and the close handshake was begun.
    func serve(_ stream: ByteStream) async throws {
        let socket = WebSocketConnection(stream: stream)
        let stdin = BoundedPipe()
        let resizes = AsyncStream<TerminalSize>.makeStream(bufferingPolicy: .bufferingNewest(4))
        let asked = self.command.streams
        let session = PodSession(
            tty: asked.tty,
            stdin: asked.stdin ? PodInput(pipe: stdin) : nil,
            stdout: asked.stdout ? self.output(.stdout, socket) : nil,
            stderr: asked.stderr && !asked.tty ? self.output(.stderr, socket) : nil,
            resizes: resizes.stream
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer {
                    stdin.finish()
                    resizes.continuation.finish()
                }
                try await socket.run { try await self.receive($0, stdin, resizes.continuation) }
                // The client left: the command must not outlive it.
                throw CancellationError()
            }
            group.addTask {
                let outcome = await self.command.outcome(session)
                stdin.cancelReading()
                try await self.report(outcome, socket)
            }
            // Whichever ends first ends the session.
            try await group.next()
            group.cancelAll()
        }
    }

    private func receive(
        _ message: WebSocketConnection.Message, _ stdin: BoundedPipe,
        _ resizes: AsyncStream<TerminalSize>.Continuation
    ) async throws {
        var payload = message.payload
        guard let first: UInt8 = payload.readInteger() else { return }
        if self.version == .v5, first == Self.closeSignal {
            if payload.readInteger(as: UInt8.self) == Channel.stdin.rawValue { stdin.finish() }
            return
        }
        let number = self.version.isBase64 ? first &- UInt8(ascii: "0") : first
        if self.version.isBase64 {
            guard let decoded = Base64.decode(String(buffer: payload)) else {
                throw StreamingError(.protocolViolation, "WebSocket message is not base64")
            }
            payload = ByteBuffer(bytes: decoded)
        }
        switch Channel(rawValue: number) {
        case .stdin: await stdin.write(payload)
        case .resize: for size in ResizeMessage.sizes(in: payload) { resizes.yield(size) }
        default: break
        }
    }

    private func output(_ channel: Channel, _ socket: WebSocketConnection) -> PodOutput {
        PodOutput { try await self.send(channel, $0, socket) }
    }

    private func send(_ channel: Channel, _ bytes: ByteBuffer, _ socket: WebSocketConnection) async throws {
        var message = ByteBuffer()
        if self.version.isBase64 {
            message.writeInteger(channel.rawValue + UInt8(ascii: "0"))
            message.writeString(Base64.encode(Array(bytes.readableBytesView)))
            try await socket.send(text: message)
        } else {
            message.reserveCapacity(bytes.readableBytes + 1)
            message.writeInteger(channel.rawValue)
            message.writeImmutableBuffer(bytes)
            try await socket.send(binary: message)
        }
    }

    private func report(_ outcome: CommandOutcome, _ socket: WebSocketConnection) async throws {
        let bytes = self.version.reportsStatus ? outcome.bytes : outcome.plainText
        if bytes.readableBytes > 0 { try await self.send(.error, bytes, socket) }
        try await socket.close()
    }
}
