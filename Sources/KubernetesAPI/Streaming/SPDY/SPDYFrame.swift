import NIOCore

/// Frames of SPDY/3.1 as far as Kubernetes' streaming uses them; draft-mbelshe-httpbis-spdy-00 section 2.
enum SPDYFrame: Equatable {
    case synStream(id: UInt32, headerBlock: [UInt8], isFinal: Bool)
    case synReply(id: UInt32, headerBlock: [UInt8], isFinal: Bool)
    case reset(id: UInt32, status: UInt32)
    case ping(id: UInt32)
    case goAway(lastID: UInt32)
    case data(id: UInt32, bytes: ByteBuffer, isFinal: Bool)
    /// Settings, headers, window updates: nothing to do.
    case ignored(type: UInt16)

    /// Bytes of one frame at most; the length field could say 16 MiB.
    static let payloadLimit = 1 << 20
    private static let versionBits: UInt16 = 0x8003
    private static let final: UInt8 = 1

    /// Takes one frame off the buffer; nil when it is not complete.
    static func read(from buffer: inout ByteBuffer) throws(StreamingError) -> SPDYFrame? {
        guard let first: UInt32 = buffer.getInteger(at: buffer.readerIndex),
            let second: UInt32 = buffer.getInteger(at: buffer.readerIndex + 4)
        else { return nil }
        let (flags, length) = (UInt8(second >> 24), Int(second & 0xff_ffff))
        guard length <= self.payloadLimit else {
            throw StreamingError(.tooLarge, "SPDY frame of \(length) bytes exceeds \(self.payloadLimit)")
        }
        guard buffer.readableBytes >= 8 + length else { return nil }
        buffer.moveReaderIndex(forwardBy: 8)
        guard var payload = buffer.readSlice(length: length) else { return nil }
        let isFinal = flags & self.final != 0
        guard first & 0x8000_0000 != 0 else { return .data(id: first, bytes: payload, isFinal: isFinal) }
        guard UInt16(first >> 16) == self.versionBits else {
            throw StreamingError(.protocolViolation, "SPDY version \(first >> 16 & 0x7fff) is not 3")
        }
        return try self.control(UInt16(first & 0xffff), &payload, isFinal: isFinal)
    }

    private static func control(
        _ type: UInt16, _ payload: inout ByteBuffer, isFinal: Bool
    ) throws(StreamingError) -> SPDYFrame {
        let id: UInt32 = payload.readInteger().map { $0 & 0x7fff_ffff } ?? 0
        switch type {
        case 1:
            // Associated stream (4), priority and slot (2).
            guard payload.readableBytes >= 6 else { break }
            payload.moveReaderIndex(forwardBy: 6)
            return .synStream(id: id, headerBlock: Array(payload.readableBytesView), isFinal: isFinal)
        case 2:
            return .synReply(id: id, headerBlock: Array(payload.readableBytesView), isFinal: isFinal)
        case 3:
            guard let status: UInt32 = payload.readInteger() else { break }
            return .reset(id: id, status: status)
        case 6:
            return .ping(id: id)
        case 7:
            return .goAway(lastID: id)
        default:
            return .ignored(type: type)
        }
        throw StreamingError(.protocolViolation, "SPDY control frame \(type) is too short")
    }

    /// The frame's bytes. `ignored` frames are never written.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        switch self {
        case .synStream(let id, let block, let isFinal):
            Self.header(type: 1, flags: isFinal ? Self.final : 0, length: 10 + block.count, into: &buffer)
            buffer.writeInteger(id)
            buffer.writeInteger(UInt32(0))
            buffer.writeInteger(UInt16(0))
            buffer.writeBytes(block)
        case .synReply(let id, let block, let isFinal):
            Self.header(type: 2, flags: isFinal ? Self.final : 0, length: 4 + block.count, into: &buffer)
            buffer.writeInteger(id)
            buffer.writeBytes(block)
        case .reset(let id, let status):
            Self.header(type: 3, flags: 0, length: 8, into: &buffer)
            buffer.writeInteger(id)
            buffer.writeInteger(status)
        case .ping(let id):
            Self.header(type: 6, flags: 0, length: 4, into: &buffer)
            buffer.writeInteger(id)
        case .goAway(let lastID):
            Self.header(type: 7, flags: 0, length: 8, into: &buffer)
            buffer.writeInteger(lastID)
            buffer.writeInteger(UInt32(0))
        case .data(let id, let bytes, let isFinal):
            buffer.writeInteger(id)
            buffer.writeInteger(UInt32(isFinal ? Self.final : 0) << 24 | UInt32(bytes.readableBytes))
            buffer.writeImmutableBuffer(bytes)
        case .ignored:
            break
        }
        return buffer
    }

    private static func header(type: UInt16, flags: UInt8, length: Int, into buffer: inout ByteBuffer) {
        buffer.writeInteger(self.versionBits)
        buffer.writeInteger(type)
        buffer.writeInteger(UInt32(flags) << 24 | UInt32(length))
    }
}

/// Name/value blocks of SPDY/3: count, then length-prefixed names (lower case) and values; values of a repeated name
/// are joined with NUL.
enum SPDYHeaders {
    static func decode(_ bytes: [UInt8]) throws(StreamingError) -> [String: String] {
        var buffer = ByteBuffer(bytes: bytes)
        var headers: [String: String] = [:]
        guard let count: UInt32 = buffer.readInteger(), count <= 256 else {
            throw StreamingError(.protocolViolation, "SPDY header block has no plausible count")
        }
        for _ in 0..<count {
            guard let nameLength: UInt32 = buffer.readInteger(), let name = buffer.readString(length: Int(nameLength)),
                let valueLength: UInt32 = buffer.readInteger(), let value = buffer.readString(length: Int(valueLength))
            else { throw StreamingError(.protocolViolation, "SPDY header block is cut off") }
            headers[name.lowercased()] = value
        }
        return headers
    }

    static func encode(_ headers: [String: String]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(headers.count))
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            buffer.writeInteger(UInt32(name.utf8.count))
            buffer.writeString(name)
            buffer.writeInteger(UInt32(value.utf8.count))
            buffer.writeString(value)
        }
        return Array(buffer.readableBytesView)
    }
}
