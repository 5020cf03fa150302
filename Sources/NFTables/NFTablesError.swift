/// What can go wrong between this process and the kernel's packet rules.
public struct NFTablesError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; callers branch on this, never on the message.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case invalidName, unavailable, refused, malformedReply }
        private let value: Value

        /// A name that nft could misread.
        public static let invalidName = Code(value: .invalidName)
        /// The library or the kernel's nf_tables cannot be used at all.
        public static let unavailable = Code(value: .unavailable)
        /// The kernel or the library refused a transaction; none of it was applied.
        public static let refused = Code(value: .refused)
        /// A dump of the rules was not what its format promises.
        public static let malformedReply = Code(value: .malformedReply)

        /// The code's name, for logs.
        public var description: String { value.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, for people.
    public let message: String
    /// The error underneath, when there is one.
    public let cause: (any Error)?

    /// Makes an error of `code`.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, with the cause when there is one.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
