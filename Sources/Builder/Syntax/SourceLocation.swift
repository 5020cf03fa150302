/// A range of physical lines, counted from 1, both ends included.
public struct SourceRange: Sendable, Hashable {
    /// The first line.
    public let start: Int
    /// The last line; never before `start`.
    public let end: Int

    /// Makes a range; `end` is raised to `start` when it lies before it.
    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }
}

/// A place in a Dockerfile, with the text around it for messages.
public struct SourceLocation: Sendable, Hashable {
    /// The file's name as the user gave it.
    public let file: String
    /// The lines that are at fault.
    public let range: SourceRange
    /// The lines around the fault, ready to print, ending with a line break.
    public let excerpt: String
}

/// The text of one Dockerfile, split into physical lines, with the name that messages show.
public struct DockerfileSource: Sendable, Hashable {
    /// A physical line longer than this is refused (BuildKit's limit).
    public static let maximumLineBytes = 65_535
    /// A Dockerfile larger than this is refused.
    public static let maximumFileBytes = 4 << 20

    /// The name that messages show.
    public let name: String
    /// Physical lines, without `\n`; a `\r` before it stays (heredoc bodies keep it).
    let lines: [[UInt8]]

    /// Splits `bytes` into lines and drops a byte order mark.
    ///
    /// - Throws: `BuilderError` `.limit` for a file or a line that is too long.
    public init(name: String, bytes: [UInt8]) throws(BuilderError) {
        self.name = name
        guard bytes.count <= Self.maximumFileBytes else {
            throw BuilderError(
                .limit, "\(name) has \(bytes.count) bytes; a Dockerfile may have \(Self.maximumFileBytes) at most")
        }
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
        lines = body.split(separator: Byte.newline, omittingEmptySubsequences: false).map { Array($0) }
        if let index = lines.firstIndex(where: { $0.count > Self.maximumLineBytes }) {
            throw BuilderError(
                .limit,
                "dockerfile parse error on line \(index + 1): line greater than max allowed size of "
                    + "\(Self.maximumLineBytes) bytes"
            )
        }
    }

    /// Line `number` (from 1) as text, without its line end.
    func text(ofLine number: Int) -> String {
        guard lines.indices.contains(number - 1) else { return "" }
        var line = lines[number - 1][...]
        if line.last == Byte.carriageReturn { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    /// The place of `range`, with two lines of text before and after it.
    public func location(_ range: SourceRange) -> SourceLocation {
        let padding = 2
        let longestShown = 20
        let rule = "--------------------\n"
        var excerpt = "\(name):\(range.start)\n" + rule
        let lastLine = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        let first = max(1, range.start - padding)
        let last = max(first, min(lastLine, range.end + padding, first + longestShown))
        for number in first...last {
            let mark = number >= range.start && number <= range.end ? ">>>" : "   "
            let digits = String(number)
            let pad = String(repeating: " ", count: max(0, 3 - digits.count))
            excerpt += " \(pad)\(digits) | \(mark) \(text(ofLine: number))\n"
        }
        return SourceLocation(file: name, range: range, excerpt: excerpt + rule)
    }
}

/// The ASCII bytes that the grammar gives a meaning.
enum Byte {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let hash = UInt8(ascii: "#")
    static let dollar = UInt8(ascii: "$")
    static let backslash = UInt8(ascii: "\\")
    static let backtick = UInt8(ascii: "`")
    static let singleQuote = UInt8(ascii: "'")
    static let doubleQuote = UInt8(ascii: "\"")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let dash = UInt8(ascii: "-")
    static let equals = UInt8(ascii: "=")
    static let slash = UInt8(ascii: "/")
    static let colon = UInt8(ascii: ":")
    static let underscore = UInt8(ascii: "_")

    /// Blank in the sense of the Dockerfile grammar: tab, vertical tab, form feed, carriage return, space.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == space || byte == tab || byte == carriageReturn || byte == 0x0B || byte == 0x0C
    }

    /// A blank or a line feed.
    static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == newline }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetter(_ byte: UInt8) -> Bool {
        (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
    }
}

extension RangeReplaceableCollection where Element == UInt8, Self: BidirectionalCollection {
    /// Without leading and trailing blanks and line ends.
    func trimmed() -> SubSequence {
        var slice = self[...]
        while let first = slice.first, Byte.isSpace(first) { slice = slice.dropFirst() }
        while let last = slice.last, Byte.isSpace(last) { slice = slice.dropLast() }
        return slice
    }
}

extension String {
    /// Without leading and trailing ASCII blanks and line ends.
    func trimmingBlanks() -> String {
        String(decoding: Array(utf8).trimmed(), as: UTF8.self)
    }
}
