import NIOCore
import NIOWebSocket
import Testing

@testable import KubernetesAPI

@Suite struct WebSocketCodecTests {
    /// A client's frame: masked.
    static func masked(_ first: UInt8, _ payload: [UInt8], lengthBytes: [UInt8]? = nil) -> ByteBuffer {
        let mask: [UInt8] = [1, 2, 3, 4]
        var buffer = ByteBuffer(bytes: [first])
        buffer.writeBytes(lengthBytes ?? [0x80 | UInt8(payload.count)])
        buffer.writeBytes(mask)
        buffer.writeBytes(payload.enumerated().map { $1 ^ mask[$0 % 4] })
        return buffer
    }

    @Test(arguments: [1, 2, 5, 1000])
    func readsFramesInAnyPieces(size: Int) throws {
        let long = [UInt8](repeating: 7, count: 300)
        var wire = Self.masked(0x82, [0, 65, 66])
        wire.writeImmutableBuffer(Self.masked(0x82, long, lengthBytes: [0xfe, 1, 44]))
        wire.writeImmutableBuffer(Self.masked(0x89, []))
        var decoder = WebSocketDecoder()
        var units: [WebSocketUnit] = []
        while let piece = wire.readSlice(length: min(size, wire.readableBytes)), piece.readableBytes > 0 {
            decoder.append(piece)
            while let unit = try decoder.next() { units.append(unit) }
        }
        #expect(
            units == [
                WebSocketUnit(opcode: .binary, payload: ByteBuffer(bytes: [0, 65, 66])),
                WebSocketUnit(opcode: .binary, payload: ByteBuffer(bytes: long)),
                WebSocketUnit(opcode: .ping, payload: ByteBuffer()),
            ])
    }

    @Test func refusesWhatTheRFCForbids() {
        let bad: [ByteBuffer] = [
            ByteBuffer(bytes: [0x82, 1, 65]),  // not masked
            Self.masked(0xc2, [1]),  // reserved bit
            Self.masked(0x09, [1]),  // fragmented ping
            Self.masked(0x82, [], lengthBytes: [0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),  // 2 GiB
        ]
        for wire in bad {
            var decoder = WebSocketDecoder()
            decoder.append(wire)
            #expect(throws: StreamingError.self) { try decoder.next() }
        }
    }

    @Test func writesEveryLengthForm() {
        for (count, head) in [
            (5, [0x82, 5]), (126, [0x82, 126, 0, 126]), (70000, [0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]),
        ] {
            let frame = WebSocketDecoder.encode(.binary, ByteBuffer(repeating: 1, count: count))
            #expect(Array(frame.readableBytesView.prefix(head.count)) == head.map { UInt8($0) })
            #expect(frame.readableBytes == head.count + count)
        }
    }
}
