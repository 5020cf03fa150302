import NIOCore
import NIOWebSocket

/// One WebSocket frame, unmasked; RFC 6455 section 5.
struct WebSocketUnit: Equatable {
    var isFinal = true
    var opcode: WebSocketOpcode
    var payload: ByteBuffer
}

/// Reads and writes frames on a hijacked byte stream, where NIO's codec, made for a channel's pipeline, cannot run.
struct WebSocketDecoder {
    /// Bytes of one frame at most; beyond it the connection is closed with 1009.
    static let payloadLimit = 4 << 20

    private var buffer = ByteBuffer()

    /// Adds received bytes.
    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        self.buffer.discardReadBytes()
        self.buffer.writeBuffer(&bytes)
    }

    /// Takes one frame, nil when it is not complete. A client's frames must be masked (section 5.1).
    mutating func next() throws(StreamingError) -> WebSocketUnit? {
        var reader = self.buffer
        guard let first: UInt8 = reader.readInteger(), let second: UInt8 = reader.readInteger() else { return nil }
        guard first & 0x70 == 0, let opcode = WebSocketOpcode(encodedWebSocketOpcode: first & 0x0f) else {
            throw StreamingError(.protocolViolation, "WebSocket frame with unknown bits")
        }
        guard second & 0x80 != 0 else { throw StreamingError(.protocolViolation, "WebSocket frame is not masked") }
        var length = Int(second & 0x7f)
        if length == 126 {
            guard let extended: UInt16 = reader.readInteger() else { return nil }
            length = Int(extended)
        } else if length == 127 {
            guard let extended: UInt64 = reader.readInteger() else { return nil }
            guard extended <= UInt64(Self.payloadLimit) else {
                throw StreamingError(.tooLarge, "WebSocket frame of \(extended) bytes exceeds \(Self.payloadLimit)")
            }
            length = Int(extended)
        }
        guard length <= Self.payloadLimit else {
            throw StreamingError(.tooLarge, "WebSocket frame of \(length) bytes exceeds \(Self.payloadLimit)")
        }
        let isFinal = first & 0x80 != 0
        guard isFinal && length <= 125 || !opcode.isControlOpcode else {
            throw StreamingError(.protocolViolation, "WebSocket control frame is too long or fragmented")
        }
        guard let mask = reader.readBytes(length: 4), var payload = reader.readSlice(length: length) else { return nil }
        payload.webSocketUnmask(mask)
        self.buffer = reader
        return WebSocketUnit(isFinal: isFinal, opcode: opcode, payload: payload)
    }

    /// A server's frame: never masked, never fragmented.
    static func encode(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.readableBytes + 10)
        buffer.writeInteger(UInt8(0x80) | UInt8(webSocketOpcode: opcode))
        switch payload.readableBytes {
        case ...125:
            buffer.writeInteger(UInt8(payload.readableBytes))
        case ...0xffff:
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(payload.readableBytes))
        default:
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(payload.readableBytes))
        }
        buffer.writeImmutableBuffer(payload)
        return buffer
    }
}

extension ByteBuffer {
    fileprivate mutating func webSocketUnmask(_ mask: [UInt8]) {
        self.withUnsafeMutableReadableBytes { bytes in
            for index in bytes.indices { bytes[index] ^= mask[index & 3] }
        }
    }
}
