import HTTPTypes
import HummingbirdCore
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTPTypes

/// Writes a response body of unknown length; the end is written exactly once, also for a body closure that forgot it
/// or was cancelled.
struct StreamBodyWriter: ResponseBodyWriter {
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>
    private let finished = NIOLockedValueBox(false)

    init(outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>) {
        self.outbound = outbound
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await self.outbound.write(.body(buffer))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await self.finishOnce(trailingHeaders)
    }

    /// Writes the end unless it was written before.
    func finishOnce(_ trailingHeaders: HTTPFields?) async throws {
        let isFirst = self.finished.withLockedValue { finished in
            defer { finished = true }
            return !finished
        }
        if isFirst { try await self.outbound.write(.end(trailingHeaders)) }
    }
}
