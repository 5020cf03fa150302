import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension HTTPField.Name {
    /// Marks a hijack response on its way through middleware; never leaves the process.
    static let hijackMark = HTTPField.Name("X-Skiff-Hijack") ?? .upgrade
}

extension Response {
    /// A response after which the connection is a raw byte stream owned by `handler`.
    ///
    /// `status` is 101 (with `Connection` and `Upgrade` headers) or any other status, which is then sent without body
    /// framing. The head is flushed on its own before `handler` runs. The request's body must have been read before.
    /// When `handler` returns, our side is finished and the connection closed; when it throws, the connection is
    /// closed. `handler` is cancelled when the server stops, not when the client half-closes.
    public static func hijack(
        status: HTTPResponse.Status,
        headers: HTTPFields = [:],
        _ handler: @escaping @Sendable (ByteStream) async throws -> Void
    ) -> Response {
        var headers = headers
        headers[.hijackMark] = "1"
        let body = ResponseBody { writer in
            guard let raw = writer as? HijackBodyWriter else {
                throw HTTPServiceError(.hijackUnavailable, "this responder is not served by HTTPServer, cannot hijack")
            }
            try await handler(raw.stream)
        }
        return Response(status: status, headers: headers, body: body)
    }
}

/// Carries the raw stream into the body closure of a hijack response.
struct HijackBodyWriter: ResponseBodyWriter {
    let stream: ByteStream

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await self.stream.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        self.stream.finish()
    }
}
