/// Reads a reply's body piece by piece, whatever its framing (RFC 9112 §6.3).
final class DaemonBodyReader {
    private enum Framing {
        case length(remaining: Int)
        case chunked(remaining: Int)
        case untilClose
        case finished
    }

    private let connection: DaemonConnection
    private var framing: Framing

    init(connection: DaemonConnection, head: DaemonResponseHead, method: String) throws(DaemonError) {
        self.connection = connection
        if method == "HEAD" || head.status == 204 || head.status == 304 {
            framing = .finished
        } else if head.header("transfer-encoding")?.lowercased() == "chunked" {
            framing = .chunked(remaining: 0)
        } else if let text = head.header("content-length") {
            guard let length = Int(text), length >= 0 else {
                throw DaemonError(.malformedReply, "the daemon sent a bad Content-Length: \(text.prefix(40))")
            }
            framing = length == 0 ? .finished : .length(remaining: length)
        } else {
            framing = .untilClose
        }
    }

    /// Whether the body was read to its end, so that the connection can carry another request.
    var isFinished: Bool {
        if case .finished = framing { return true }
        return false
    }

    /// The next piece; nil at the end. Blocks.
    func next() throws(DaemonError) -> [UInt8]? {
        switch framing {
        case .finished:
            return nil
        case .untilClose:
            let piece = try connection.readSome(limit: .max / 2)
            if piece.isEmpty { framing = .finished }
            return piece.isEmpty ? nil : piece
        case .length(let remaining):
            let piece = try connection.readSome(limit: remaining)
            guard !piece.isEmpty else { throw truncated() }
            framing = piece.count == remaining ? .finished : .length(remaining: remaining - piece.count)
            return piece
        case .chunked(let remaining):
            return try nextChunked(remaining)
        }
    }

    private func nextChunked(_ remaining: Int) throws(DaemonError) -> [UInt8]? {
        var left = remaining
        if left == 0 {
            let line = try connection.readLine()
            let digits = line.prefix { $0 != ";" && $0 != " " }
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw DaemonError(.malformedReply, "the daemon sent a bad chunk size: \(line.prefix(40))")
            }
            if size == 0 {
                while try !connection.readLine().isEmpty {}
                framing = .finished
                return nil
            }
            left = size
        }
        let piece = try connection.readSome(limit: left)
        guard !piece.isEmpty else { throw truncated() }
        left -= piece.count
        if left == 0 { _ = try connection.readLine() }
        framing = .chunked(remaining: left)
        return piece
    }

    private func truncated() -> DaemonError {
        DaemonError(.connectionLost, "the daemon closed the connection in the middle of a reply")
    }
}
