/// Why an archive was refused or could not be written.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case malformed, escape, limit, unsupported, changed, noSpace, io }

        private let value: Value

        /// The bytes are not a sound archive.
        public static let malformed = Code(value: .malformed)
        /// An entry would reach outside the directory it is unpacked in.
        public static let escape = Code(value: .escape)
        /// A named limit is exceeded.
        public static let limit = Code(value: .limit)
        /// A kind of entry or compression that is not supported.
        public static let unsupported = Code(value: .unsupported)
        /// A file changed while it was being archived.
        public static let changed = Code(value: .changed)
        /// The disk is full.
        public static let noSpace = Code(value: .noSpace)
        /// The file system or the stream failed.
        public static let io = Code(value: .io)

        /// The code's name, for logs.
        public var description: String { value.rawValue }
    }

    /// What kind of failure this is.
    public let code: Code
    /// What was refused and why; lower case, names the entry.
    public let message: String
    /// The error underneath, if there is one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, followed by its cause.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
