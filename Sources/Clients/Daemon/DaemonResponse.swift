import Document

/// Status line and header fields of a reply.
public struct DaemonResponseHead: Sendable {
    /// The HTTP status.
    public let status: Int
    /// Header fields in the order received, names in lower case.
    public let headers: [(name: String, value: String)]

    /// The first value of a header field; `name` is compared in lower case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }
}

/// A whole reply.
public struct DaemonResponse: Sendable {
    /// Status and header fields.
    public let head: DaemonResponseHead
    /// The body, at most `DaemonClient.replyMaxBytes`.
    public let body: [UInt8]

    /// The HTTP status.
    public var status: Int { head.status }

    /// The body read as JSON; an empty body is `null`.
    public func json() throws(DaemonError) -> JSONValue {
        if body.isEmpty { return .null }
        do {
            return try JSONReader.parse(body)
        } catch {
            throw DaemonError(.malformedReply, "the daemon's reply is not JSON", cause: error)
        }
    }
}

/// Reading a reply's head.
enum ResponseDecoding {
    /// Parses the bytes before the empty line (RFC 9112 §4 and §5).
    static func head(_ bytes: ArraySlice<UInt8>) throws(DaemonError) -> DaemonResponseHead {
        let text = String(decoding: bytes, as: UTF8.self)
        var lines = text.split(omittingEmptySubsequences: true) { $0 == "\r\n" || $0 == "\n" }[...]
        guard let statusLine = lines.popFirst() else {
            throw DaemonError(.malformedReply, "the daemon sent an empty reply head")
        }
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100..<600).contains(status)
        else {
            throw DaemonError(.malformedReply, "the daemon's status line is not HTTP/1.1: \(statusLine.prefix(80))")
        }
        var headers: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else {
                throw DaemonError(.malformedReply, "the daemon sent a header line without colon: \(line.prefix(80))")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.append((line[..<colon].lowercased(), String(value)))
        }
        return DaemonResponseHead(status: status, headers: headers)
    }

    /// The text of an error reply: `message` of a JSON object, else the body's first line.
    static func message(of body: [UInt8], status: Int) -> String {
        if let value = try? JSONReader.parse(body), case .object(let object) = value,
            case .string(let message)? = object["message"]
        {
            return message
        }
        let line = String(decoding: body.prefix(400), as: UTF8.self).split(separator: "\n").first.map(String.init)
        return line ?? "the daemon answered with status \(status)"
    }
}
