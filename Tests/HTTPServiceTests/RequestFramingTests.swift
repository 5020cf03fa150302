import Testing

@testable import HTTPService

/// Counting bytes: every split of the input must give the same answer.
@Suite struct RequestFramingTests {
    /// Feeds `text` in pieces of `size`; returns what was taken before the request was complete.
    static func taken(_ text: String, body: RequestFraming.Body, pieces size: Int) -> String {
        var framing = RequestFraming()
        var taken: [UInt8] = []
        var rest = Array(text.utf8)
        while !rest.isEmpty, !framing.isComplete {
            let piece = Array(rest.prefix(size))
            let step = piece.withUnsafeBytes { framing.advance($0) }
            taken += piece[..<step.count]
            rest.removeFirst(step.count)
            if step.endsHead { framing.begin(body: body) }
        }
        return framing.isComplete ? String(decoding: taken, as: UTF8.self) : "incomplete"
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func stopsAfterTheRequest(size: Int) {
        let head = "POST / HTTP/1.1\r\nA: b\r\n\r\n"
        #expect(Self.taken(head + "next", body: .none, pieces: size) == head)
        #expect(Self.taken(head + "12345next", body: .length(5), pieces: size) == head + "12345")
        let chunks = "a\r\n0123456789\r\n1;x=y\r\nz\r\n0\r\n\r\n"
        #expect(Self.taken(head + chunks + "next", body: .chunked, pieces: size) == head + chunks)
        let trailers = "2\r\n\r\n\r\n00\r\nT: 1\r\nU: 2\r\n\r\n"
        #expect(Self.taken(head + trailers + "next", body: .chunked, pieces: size) == head + trailers)
    }

    @Test func waitsForTheRest() {
        #expect(Self.taken("GET / HTTP/1.1\r\n", body: .none, pieces: 4) == "incomplete")
        #expect(Self.taken("GET / HTTP/1.1\r\n\r\n12", body: .length(3), pieces: 4) == "incomplete")
    }
}
