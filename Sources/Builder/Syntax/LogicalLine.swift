/// One instruction's text with its continuation lines joined.
struct LogicalLine: Hashable {
    /// The joined text.
    let text: [UInt8]
    /// The first and last physical line, heredocs not included.
    let range: SourceRange
    /// The comment lines right above, without `#`.
    let comments: [String]
    /// Whether an empty line stood inside the continuation.
    let hasEmptyContinuation: Bool
}

/// Walks over the physical lines of a Dockerfile and joins them into logical ones.
struct LogicalLineReader {
    private let source: DockerfileSource
    private let escape: UInt8
    /// Index of the next unread physical line.
    private var next = 0

    init(source: DockerfileSource, escape: UInt8) {
        self.source = source
        self.escape = escape
    }

    /// The next instruction's text; nil at the end of the file.
    mutating func line() -> LogicalLine? {
        var comments: [String] = []
        while next < source.lines.count {
            let physical = Self.withoutLineEnd(source.lines[next])
            let start = next + 1
            next += 1
            let stripped = physical.drop(while: Byte.isBlank)
            if stripped.first == Byte.hash {
                comments.append(String(decoding: Array(stripped.dropFirst()).trimmed(), as: UTF8.self))
                continue
            }
            var (text, continues) = splitContinuation(stripped)
            if text.isEmpty, !continues {
                comments = []
                continue
            }
            var hasEmptyContinuation = false
            while continues, next < source.lines.count {
                let more = Self.withoutLineEnd(source.lines[next])
                next += 1
                let content = more.drop(while: Byte.isBlank)
                if content.first == Byte.hash { continue }
                if content.isEmpty {
                    // The empty piece after the file's last line break is the end of the file, no empty line.
                    hasEmptyContinuation = hasEmptyContinuation || next < source.lines.count
                    continue
                }
                let (piece, goesOn) = splitContinuation(more[...])
                text += piece
                continues = goesOn
            }
            return LogicalLine(
                text: text, range: SourceRange(start, lastContentLine(from: start)), comments: comments,
                hasEmptyContinuation: hasEmptyContinuation)
        }
        return nil
    }

    /// The next physical line as it stands, for heredoc bodies; nil at the end of the file.
    mutating func rawLine() -> [UInt8]? {
        // A file that ends with a line break has an empty last piece which is no line.
        guard next < source.lines.count, !(next == source.lines.count - 1 && source.lines[next].isEmpty) else {
            return nil
        }
        defer { next += 1 }
        return source.lines[next]
    }

    /// The number of the last line read.
    var lastLine: Int { next }

    private func lastContentLine(from start: Int) -> Int {
        let endsWithBreak = next == source.lines.count && source.lines.last?.isEmpty == true
        return max(start, endsWithBreak ? next - 1 : next)
    }

    private static func withoutLineEnd(_ line: [UInt8]) -> ArraySlice<UInt8> {
        line.last == Byte.carriageReturn ? line.dropLast() : line[...]
    }

    /// The text before a trailing continuation character, and whether there was one.
    ///
    /// The character continues the line when only blanks follow it and no second one stands right before it.
    private func splitContinuation(_ line: ArraySlice<UInt8>) -> (text: [UInt8], continues: Bool) {
        var end = line.endIndex
        while end > line.startIndex, line[end - 1] == Byte.space || line[end - 1] == Byte.tab { end -= 1 }
        guard end > line.startIndex, line[end - 1] == escape else { return (Array(line), false) }
        let mark = end - 1
        if mark > line.startIndex, line[mark - 1] == escape { return (Array(line), false) }
        return (Array(line[..<mark]), true)
    }
}
