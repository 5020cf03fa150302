/// One request to the daemon's socket.
public struct DaemonRequest: Sendable {
    /// The HTTP method, upper case.
    public var method: String
    /// The absolute path without version prefix and query, not percent-encoded, such as `/containers/json`.
    public var path: String
    /// Query items in order; names may repeat.
    public var query: [(name: String, value: String)]
    /// Header fields beyond those the client writes itself (Host, Content-Length, Transfer-Encoding, Connection).
    public var headers: [(name: String, value: String)]
    /// What is sent after the head.
    public var body: DaemonBody

    /// Makes a request; nothing is sent before a `DaemonClient` gets it.
    public init(
        _ method: String,
        _ path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        body: DaemonBody = .none
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// The body of a request.
public enum DaemonBody: Sendable {
    /// No body at all.
    case none
    /// Bytes at hand, sent with their length.
    case bytes([UInt8], contentType: String)
    /// A stream, sent in chunks; the closure blocks for the next piece and answers nil at the end.
    case stream(contentType: String, next: @Sendable () throws -> [UInt8]?)
}

/// Writing a request as HTTP/1.1.
enum RequestEncoding {
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// The head of `request`, ending in the empty line; `prefix` goes before the path (`/v1.47`).
    static func head(of request: DaemonRequest, prefix: String, upgrade: Bool) -> [UInt8] {
        var head = "\(request.method) \(prefix)\(escape(request.path, keeping: "/:@"))"
        if !request.query.isEmpty {
            head += "?"
            head += request.query.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
        }
        head += " HTTP/1.1\r\nHost: skiff\r\n"
        head += upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : ""
        for (name, value) in request.headers {
            head += "\(name): \(value.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })\r\n"
        }
        switch request.body {
        case .none:
            if request.method != "GET" && request.method != "HEAD" { head += "Content-Length: 0\r\n" }
        case .bytes(let bytes, let contentType):
            head += "Content-Type: \(contentType)\r\nContent-Length: \(bytes.count)\r\n"
        case .stream(let contentType, _):
            head += "Content-Type: \(contentType)\r\nTransfer-Encoding: chunked\r\n"
        }
        return Array((head + "\r\n").utf8)
    }

    /// `text` percent-encoded (RFC 3986 §2.1); bytes of `keeping` stay as they are.
    static func escape(_ text: String, keeping kept: String = "") -> String {
        let keptBytes = Array(kept.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if unreserved.contains(byte) || keptBytes.contains(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hex[Int(byte >> 4)])
                out.append(hex[Int(byte & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
