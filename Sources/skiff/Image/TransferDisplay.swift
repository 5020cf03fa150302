import Clients
import Document
import SystemLinux

/// Shows a progress stream of the daemon: on a terminal one line per layer that is rewritten, elsewhere plain lines
/// without the steps in between.
struct TransferDisplay {
    private let isLive: Bool
    private let isQuiet: Bool
    private var places: [String: Int] = [:]
    private var lineCount = 0

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        isLive = Terminal.isTerminal(1)
    }

    /// Shows messages until the stream ends. Throws what the daemon reports as an error.
    mutating func follow(_ stream: DaemonStream) throws {
        while let message = try stream.nextJSON() {
            if let error = message["error"]?.stringValue { throw CommandFailure(error) }
            if !isQuiet { show(message) }
        }
    }

    private mutating func show(_ message: JSONValue) {
        if let text = message["stream"]?.stringValue { return write(text) }
        guard let status = message["status"]?.stringValue else { return }
        guard let id = message["id"]?.stringValue else { return append(status) }
        let progress = message["progress"]?.stringValue
        if isLive {
            rewrite(id, "\(id): \(status)" + (progress.map { " \($0)" } ?? ""))
        } else if progress == nil {
            append("\(id): \(status)")
        }
    }

    private mutating func append(_ line: String) {
        write(line + "\n")
        lineCount += 1
    }

    /// Goes up to the line of `id`, writes it anew, and comes back.
    private mutating func rewrite(_ id: String, _ line: String) {
        guard let place = places[id] else {
            places[id] = lineCount
            return append(fitted(line))
        }
        let up = lineCount - place
        write("\u{1b}[\(up)A\r\u{1b}[2K\(fitted(line))\u{1b}[\(up)B\r")
    }

    /// A line that wraps would break the counting of lines.
    private func fitted(_ line: String) -> String {
        let width = Int(Terminal.size(of: 1)?.columns ?? 80)
        return String(line.prefix(max(20, width - 1)))
    }

    private func write(_ text: String) {
        // A reader that is gone ends the command at the next write to it.
        _ = StandardStream.output.write(text)
    }
}
