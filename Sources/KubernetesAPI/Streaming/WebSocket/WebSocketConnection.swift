import HTTPService
import NIOConcurrencyHelpers
import NIOCore
import NIOWebSocket

/// The server side of one WebSocket: whole messages in, whole messages out; answers pings and the close handshake.
final class WebSocketConnection: Sendable {
    /// A whole message.
    struct Message: Sendable, Equatable {
        var isText: Bool
        var payload: ByteBuffer
    }

    /// Bytes of one message over all its fragments at most.
    static let messageLimit = 8 << 20

    private let stream: ByteStream
    private let closeSent = NIOLockedValueBox(false)

    init(stream: ByteStream) {
        self.stream = stream
    }

    /// Calls `receive` for each message until the client closes; back-pressure reaches the socket while it runs.
    func run(_ receive: (Message) async throws -> Void) async throws {
        var decoder = WebSocketDecoder()
        var fragments: Message?
        for try await bytes in self.stream.inbound {
            decoder.append(bytes)
            while let unit = try decoder.next() {
                switch unit.opcode {
                case .ping:
                    try await self.stream.write(WebSocketDecoder.encode(.pong, unit.payload))
                case .connectionClose:
                    try await self.close()
                    return
                case .text, .binary, .continuation:
                    guard let message = try Self.assemble(unit, &fragments) else { continue }
                    try await receive(message)
                default:
                    break
                }
            }
        }
    }

    private static func assemble(
        _ unit: WebSocketUnit, _ fragments: inout Message?
    ) throws(StreamingError) -> Message? {
        var message: Message
        if unit.opcode == .continuation {
            guard var open = fragments else {
                throw StreamingError(.protocolViolation, "WebSocket continuation without a beginning")
            }
            guard open.payload.readableBytes + unit.payload.readableBytes <= Self.messageLimit else {
                throw StreamingError(.tooLarge, "WebSocket message exceeds \(Self.messageLimit) bytes")
            }
            open.payload.writeImmutableBuffer(unit.payload)
            message = open
        } else {
            guard fragments == nil else {
                throw StreamingError(.protocolViolation, "WebSocket message begins inside another")
            }
            message = Message(isText: unit.opcode == .text, payload: unit.payload)
        }
        fragments = unit.isFinal ? nil : message
        return unit.isFinal ? message : nil
    }

    /// Sends a binary message.
    func send(binary payload: ByteBuffer) async throws {
        try await self.stream.write(WebSocketDecoder.encode(.binary, payload))
    }

    /// Sends a text message.
    func send(text payload: ByteBuffer) async throws {
        try await self.stream.write(WebSocketDecoder.encode(.text, payload))
    }

    /// Sends the close frame once.
    func close(code: UInt16 = 1000) async throws {
        let isFirst = self.closeSent.withLockedValue { sent in
            defer { sent = true }
            return !sent
        }
        guard isFirst else { return }
        var payload = ByteBuffer()
        payload.writeInteger(code)
        try await self.stream.write(WebSocketDecoder.encode(.connectionClose, payload))
    }
}
