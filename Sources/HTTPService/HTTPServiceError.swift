/// What can go wrong in the HTTP core itself (handlers have errors of their own).
public struct HTTPServiceError: Error, Sendable, CustomStringConvertible {
    /// Kind of failure; compare with the static members.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case listenFailed, hijackUnavailable, connectionClosed, alreadyStarted, badTLS }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The address could not be bound.
        public static let listenFailed = Code(.listenFailed)
        /// A hijack response was run by something that is not `HTTPServer`.
        public static let hijackUnavailable = Code(.hijackUnavailable)
        /// The peer closed the connection.
        public static let connectionClosed = Code(.connectionClosed)
        /// `start` was called twice.
        public static let alreadyStarted = Code(.alreadyStarted)
        /// Certificate, key or authority could not be used.
        public static let badTLS = Code(.badTLS)

        /// The code's name.
        public var description: String { self.value.rawValue }
    }

    /// Kind of failure.
    public let code: Code
    /// What happened, with the address involved; lower case, no full stop.
    public let message: String
    /// The error underneath, if any.
    public let cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Message and cause on one line.
    public var description: String {
        guard let cause = self.cause else { return self.message }
        return "\(self.message): \(cause)"
    }
}
