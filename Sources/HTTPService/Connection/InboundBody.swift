import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTPTypes

/// The body of one request as its handler reads it: answers `Expect: 100-continue` at the first read and ends with the
/// request, also for a reader that outlives it.
final class InboundBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private struct State {
        var finished = false
        var owesContinue: Bool
    }

    private let reader: PartReader
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
    private let isAnnounced: Bool
    private let state: NIOLockedValueBox<State>

    init(reader: PartReader, outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, head: HTTPRequest) {
        self.reader = reader
        self.outbound = outbound
        let fields = head.headerFields
        self.isAnnounced =
            fields[.transferEncoding] != nil || fields[.contentLength].map { $0 != "0" } ?? false
        let owesContinue = fields[.expect]?.lowercased() == "100-continue"
        self.state = NIOLockedValueBox(State(owesContinue: owesContinue))
    }

    /// The body for `Request`; reads the end of a request without body at once, which is the common case.
    func requestBody() async throws -> RequestBody {
        guard !self.isAnnounced else { return RequestBody(asyncSequence: self) }
        while try await self.next() != nil {}
        return RequestBody(buffer: ByteBuffer())
    }

    func next() async throws -> ByteBuffer? {
        let (finished, owesContinue) = self.state.withLockedValue { state in
            defer { state.owesContinue = false }
            return (state.finished, state.owesContinue && self.isAnnounced)
        }
        if finished { return nil }
        if owesContinue { try await self.outbound.write(.head(HTTPResponse(status: .continue))) }
        switch try await self.reader.next() {
        case .body(let buffer):
            return buffer
        case .end:
            self.invalidate()
            return nil
        case nil, .head:
            // The client left in the middle of its request.
            self.invalidate()
            throw HTTPServiceError(.connectionClosed, "the client closed the connection inside a request body")
        }
    }

    /// Reads and drops what the handler left.
    func drain(upTo limit: Int) async throws {
        var dropped = 0
        while let buffer = try await self.next() {
            dropped += buffer.readableBytes
            guard dropped <= limit else {
                throw HTTPServiceError(.connectionClosed, "more than \(limit) bytes of the request body were not read")
            }
        }
    }

    /// Nothing more is read through this body.
    func invalidate() {
        self.state.withLockedValue { $0.finished = true }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let body: InboundBody
        mutating func next() async throws -> ByteBuffer? { try await self.body.next() }
    }
}
