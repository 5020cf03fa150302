import Document
import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension Response {
    /// A JSON reply.
    public static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.bytes(value) + [10]))
        )
    }

    /// `{"message": …}`, the Engine API's error body.
    public static func message(_ text: String, status: HTTPResponse.Status) -> Response {
        json(["message": .string(text)], status: status)
    }

    /// A reply without body.
    public static func empty(_ status: HTTPResponse.Status = .noContent) -> Response { Response(status: status) }
}

extension Request {
    /// The largest JSON body accepted, in bytes.
    static let jsonMaxBytes = 4 * 1024 * 1024

    /// The body read as JSON; an empty one is `null`.
    public func jsonBody() async throws -> JSONValue {
        let buffer = try await body.collect(upTo: Self.jsonMaxBytes)
        if buffer.readableBytes == 0 { return .null }
        return try JSONReader.parse(Array(buffer.readableBytesView))
    }

    /// A query flag: empty, `0`, `no`, `false`, `none` (any case) are false; absent is `fallback`.
    public func flag(_ name: String, default fallback: Bool = false) -> Bool {
        guard let value = queryItems[name] else { return fallback }
        return !["", "0", "no", "false", "none"].contains(value.lowercased())
    }

    /// A query number; nil when absent or empty.
    /// - Throws: `EngineError` `.invalid` naming the parameter.
    public func number(_ name: String) throws(EngineError) -> Int? {
        guard let text = queryItems[name], !text.isEmpty else { return nil }
        guard let number = Int(text) else { throw EngineError(.invalid, "invalid value \"\(text)\" for \(name)") }
        return number
    }

    /// The `filters` parameter, in either of its two spellings.
    public func filters(allowed: Set<String>) throws(EngineError) -> Filters {
        try Filters(queryItems["filters"], allowed: allowed)
    }
}

extension ServiceContext {
    /// The cause of whatever this request brings about.
    public var cause: Cause { .request(requestID) }

    /// A path parameter, decoded.
    public func pathValue(_ name: String) throws(EngineError) -> String {
        guard let value = parameters.get(name) else { throw EngineError(.invalid, "the path lacks its \(name)") }
        return value
    }
}
