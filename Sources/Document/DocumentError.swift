/// A place in a text: both numbers begin at 1; the column counts bytes.
public struct SourcePosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The line, beginning at 1.
    public let line: Int
    /// The column in bytes, beginning at 1.
    public let column: Int

    /// Makes a position from numbers that begin at 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// `line 3, column 7`.
    public var description: String { "line \(line), column \(column)" }

    /// Orders by line, then by column.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// What went wrong with a document, and where.
public struct DocumentError: Error, Sendable, CustomStringConvertible {
    /// The kind of the failure; a closed set.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case syntax, duplicateKey, tooLarge, tooDeep, invalidText, typeMismatch, unknownKey, pointer, patch,
                testFailed
        }

        private let value: Value

        /// The text does not follow the grammar.
        public static let syntax = Code(value: .syntax)
        /// One object names the same key twice.
        public static let duplicateKey = Code(value: .duplicateKey)
        /// The text, or what its aliases expand to, exceeds the size limit.
        public static let tooLarge = Code(value: .tooLarge)
        /// Values are nested more deeply than the limit.
        public static let tooDeep = Code(value: .tooDeep)
        /// A string is not valid Unicode.
        public static let invalidText = Code(value: .invalidText)
        /// A value has another type than the reader asked for.
        public static let typeMismatch = Code(value: .typeMismatch)
        /// An object has a key that the decoded type does not know.
        public static let unknownKey = Code(value: .unknownKey)
        /// A JSON pointer is malformed or points at nothing.
        public static let pointer = Code(value: .pointer)
        /// A patch is malformed.
        public static let patch = Code(value: .patch)
        /// A `test` operation of a JSON patch did not hold.
        public static let testFailed = Code(value: .testFailed)

        /// The code's name.
        public var description: String { value.rawValue }
    }

    /// The kind of the failure.
    public let code: Code
    /// What is wrong, in lower case, without position.
    public let message: String
    /// Where in the text, when the document came from text.
    public var position: SourcePosition?
    /// The name of the text: a file name or `standard input`.
    public var source: String?
    /// The error below this one, when there is one.
    public let cause: (any Error)?

    /// Makes an error; `message` is lower case without full stop.
    public init(
        _ code: Code,
        _ message: String,
        position: SourcePosition? = nil,
        source: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.position = position
        self.source = source
        self.cause = cause
    }

    /// `deployment.yaml: line 3, column 7: duplicate key "name"`.
    public var description: String {
        [source, position?.description, message].compactMap { $0 }.joined(separator: ": ")
    }
}
