/// What an Engine API route answers instead of a result.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    /// The class of failure; `status` is the HTTP status clients expect for it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Int {
            case unchanged = 304
            case invalid = 400
            case unauthorized = 401
            case forbidden = 403
            case notFound = 404
            case conflict = 409
            case internalFailure = 500
            case notImplemented = 501
            case unavailable = 503
        }

        private let value: Value

        /// The object is already in the state asked for.
        public static let unchanged = Code(value: .unchanged)
        /// The request is wrong.
        public static let invalid = Code(value: .invalid)
        /// Credentials are missing or wrong.
        public static let unauthorized = Code(value: .unauthorized)
        /// The object may not be changed this way.
        public static let forbidden = Code(value: .forbidden)
        /// There is no such object or route.
        public static let notFound = Code(value: .notFound)
        /// The object's state forbids the operation.
        public static let conflict = Code(value: .conflict)
        /// The engine or the host failed.
        public static let internalFailure = Code(value: .internalFailure)
        /// The engine does not do this.
        public static let notImplemented = Code(value: .notImplemented)
        /// A part of the engine is not there at the moment.
        public static let unavailable = Code(value: .unavailable)

        /// The HTTP status.
        public var status: Int { value.rawValue }
        /// The code's name.
        public var description: String { "\(value)" }
    }

    /// The class of failure.
    public let code: Code
    /// The text clients show.
    public let message: String
    /// The error below this one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, followed by its cause.
    public var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
