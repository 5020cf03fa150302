/// What went wrong between this program and the daemon, in words for a person.
public struct DaemonError: Error, Sendable, CustomStringConvertible {
    /// The class of failure, for callers that react to it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Hashable {
            case notReachable, connectionLost, malformedReply, replyTooLarge, invalidName, refused(Int)
        }

        private let value: Value

        /// Nothing listens on the daemon's socket.
        public static let notReachable = Code(value: .notReachable)
        /// The connection broke before the reply was whole.
        public static let connectionLost = Code(value: .connectionLost)
        /// The reply is not HTTP/1.1 or not the JSON that was promised.
        public static let malformedReply = Code(value: .malformedReply)
        /// The reply is larger than `DaemonClient.replyMaxBytes`.
        public static let replyTooLarge = Code(value: .replyTooLarge)
        /// The cluster's name or location breaks a rule.
        public static let invalidName = Code(value: .invalidName)
        /// The daemon answered with this HTTP status (400 or above).
        public static func refused(_ status: Int) -> Code { Code(value: .refused(status)) }

        /// The HTTP status of a refusal, nil for every other code.
        public var status: Int? {
            if case .refused(let status) = value { return status }
            return nil
        }

        /// The code's name.
        public var description: String {
            switch value {
            case .notReachable: "notReachable"
            case .connectionLost: "connectionLost"
            case .malformedReply: "malformedReply"
            case .replyTooLarge: "replyTooLarge"
            case .invalidName: "invalidName"
            case .refused(let status): "refused(\(status))"
            }
        }
    }

    /// The class of failure.
    public let code: Code
    /// One lower-case sentence without full stop; it names the socket, path or value involved.
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
