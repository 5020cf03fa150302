import CZlib
import NIOCore
import Testing

@testable import KubernetesAPI

@Suite struct SPDYTests {
    @Test func usesTheDictionaryOfTheSpecification() {
        let bytes = SPDYDictionary.bytes
        #expect(bytes.count == 1423)
        #expect(adler32(adler32(0, nil, 0), bytes, UInt32(bytes.count)) == 0xe3c6_a7c2)
    }

    @Test func compressesBlocksInOneStream() throws {
        let (compressor, decompressor) = (try HeaderCompressor(), try HeaderDecompressor())
        for headers in [
            ["streamtype": "error"], [:], ["port": "80", "requestid": "0"], ["x": String(repeating: "y", count: 9000)],
        ] {
            let block = compressor.compress(SPDYHeaders.encode(headers))
            #expect(try SPDYHeaders.decode(decompressor.decompress(block)) == headers)
        }
    }

    @Test func refusesCorruptBlocks() throws {
        let decompressor = try HeaderDecompressor()
        #expect(throws: StreamingError.self) { try decompressor.decompress([1, 2, 3, 4]) }
        #expect(throws: StreamingError.self) { try SPDYHeaders.decode([0, 0, 0, 2, 0, 0]) }
        #expect(throws: StreamingError.self) { try SPDYHeaders.decode([0xff, 0xff, 0xff, 0xff]) }
    }

    @Test(arguments: [1, 3, 1000])
    func readsFramesInAnyPieces(size: Int) throws {
        let frames: [SPDYFrame] = [
            .synStream(id: 1, headerBlock: [1, 2, 3], isFinal: false), .ping(id: 7),
            .data(id: 1, bytes: ByteBuffer(string: "hello"), isFinal: false), .reset(id: 1, status: 5),
            .data(id: 3, bytes: ByteBuffer(), isFinal: true), .goAway(lastID: 3),
        ]
        var wire = ByteBuffer()
        for frame in frames { wire.writeImmutableBuffer(frame.encoded) }
        var (buffer, read): (ByteBuffer, [SPDYFrame]) = (ByteBuffer(), [])
        while let piece = wire.readSlice(length: min(size, wire.readableBytes)), piece.readableBytes > 0 {
            buffer.writeImmutableBuffer(piece)
            while let frame = try SPDYFrame.read(from: &buffer) { read.append(frame) }
        }
        #expect(read == frames)
    }

    @Test func servesStreamsBothWays() async throws {
        let (wire, feed) = AsyncStream<ByteBuffer>.makeStream()
        let (sent, sink) = AsyncStream<ByteBuffer>.makeStream()
        let session = SPDYSession { sink.yield($0) }
        let compressor = try HeaderCompressor()
        let block = compressor.compress(SPDYHeaders.encode(["StreamType": "stdin"]))
        feed.yield(SPDYFrame.synStream(id: 1, headerBlock: block, isFinal: false).encoded)
        feed.yield(SPDYFrame.data(id: 1, bytes: ByteBuffer(string: "in"), isFinal: true).encoded)
        feed.yield(SPDYFrame.ping(id: 9).encoded)
        feed.finish()
        try await session.run(wire)
        var text = ""
        for await stream in session.streams {
            #expect(stream.headers["streamtype"] == "stdin")
            for await bytes in stream.input { text += String(buffer: bytes) }
            try await stream.write(ByteBuffer(string: "out"))
            try await stream.close()
        }
        sink.finish()
        #expect(text == "in")
        var output = ByteBuffer()
        for await buffer in sent { output.writeImmutableBuffer(buffer) }
        var frames: [SPDYFrame] = []
        while let frame = try SPDYFrame.read(from: &output) { frames.append(frame) }
        #expect(frames.count == 4)
        #expect(frames[1] == .ping(id: 9))
        #expect(frames[2] == .data(id: 1, bytes: ByteBuffer(string: "out"), isFinal: false))
        #expect(frames[3] == .data(id: 1, bytes: ByteBuffer(), isFinal: true))
    }

    static func stream(of buffer: ByteBuffer) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            continuation.yield(buffer)
            continuation.finish()
        }
    }

    @Test func refusesStreamsOutOfOrder() async throws {
        let session = SPDYSession { _ in }
        let block = try HeaderCompressor().compress(SPDYHeaders.encode([:]))
        let even = SPDYFrame.synStream(id: 2, headerBlock: block, isFinal: false).encoded
        await #expect(throws: StreamingError.self) { try await session.run(Self.stream(of: even)) }
    }
}
