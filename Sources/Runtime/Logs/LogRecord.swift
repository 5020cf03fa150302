import Document
import Effects

/// One line (or piece of a long line) of a container's log.
public struct LogRecord: Sendable, Hashable {
    /// Which stream it came from.
    public enum Stream: String, Sendable, Hashable {
        /// Standard output.
        case output = "stdout"
        /// Standard error.
        case errors = "stderr"
    }

    /// The stream.
    public var stream: Stream
    /// When the keeper read it.
    public var time: Timestamp
    /// The text with its line end, if it had one; bytes that were no UTF-8 come back as the log kept them.
    public var text: [UInt8]

    /// Reads one line of a json-file log; nil when the line is not one (a crash may have cut it).
    init?(line: ArraySlice<UInt8>) {
        guard let json = try? JSONReader.parse(Array(line)), let text = json["log"]?.stringValue,
            let name = json["stream"]?.stringValue, let stream = Stream(rawValue: name),
            let stamp = json["time"]?.stringValue, let time = Timestamp(rfc3339: stamp)
        else { return nil }
        self.stream = stream
        self.time = time
        self.text = Array(text.utf8)
    }
}

/// Which part of a log a reader wants.
public struct LogQuery: Sendable, Hashable {
    /// Whether standard output is wanted.
    public var output: Bool
    /// Whether standard error is wanted.
    public var errors: Bool
    /// Only the last so many records; nil is all.
    public var tail: Int?
    /// Nothing before this.
    public var since: Timestamp?
    /// Nothing after this.
    public var until: Timestamp?
    /// Whether the reader waits for more until the container ends.
    public var follow: Bool

    /// Everything there is.
    public init(
        output: Bool = true, errors: Bool = true, tail: Int? = nil, since: Timestamp? = nil, until: Timestamp? = nil,
        follow: Bool = false
    ) {
        self.output = output
        self.errors = errors
        self.tail = tail
        self.since = since
        self.until = until
        self.follow = follow
    }

    func wants(_ record: LogRecord) -> Bool {
        guard record.stream == .output ? output : errors else { return false }
        if let since, record.time < since { return false }
        if let until, until < record.time { return false }
        return true
    }
}
