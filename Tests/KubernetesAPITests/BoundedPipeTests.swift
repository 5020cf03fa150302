import NIOCore
import Testing

@testable import KubernetesAPI

@Suite struct BoundedPipeTests {
    @Test func deliversInOrderAndEnds() async {
        let pipe = BoundedPipe(limit: 4)
        let writer = Task {
            for number in 0..<100 { await pipe.write(ByteBuffer(string: "\(number) ")) }
            pipe.finish()
        }
        var text = ""
        for await buffer in pipe { text += String(buffer: buffer) }
        await writer.value
        #expect(text == (0..<100).map { "\($0) " }.joined())
    }

    @Test func releasesAWriterWhoseReaderLeft() async {
        let pipe = BoundedPipe(limit: 1)
        let writer = Task {
            await pipe.write(ByteBuffer(string: "too much"))
            await pipe.write(ByteBuffer(string: "dropped"))
        }
        _ = await pipe.next()
        pipe.cancelReading()
        await writer.value
        #expect(await pipe.next() == nil)
    }

    @Test func endsACancelledReader() async {
        let pipe = BoundedPipe()
        let reader = Task { await pipe.next() }
        reader.cancel()
        #expect(await reader.value == nil)
    }
}
