/// What can go wrong with Service traffic and published ports.
public struct ServiceProxyError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; callers branch on this, never on the message.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case portInUse, addressNotAvailable, limit, unknownReservation, dataPlane }
        private let value: Value

        /// Somebody else has the port.
        public static let portInUse = Code(value: .portInUse)
        /// The host has no such address.
        public static let addressNotAvailable = Code(value: .addressNotAvailable)
        /// A named limit is reached.
        public static let limit = Code(value: .limit)
        /// The port was not reserved by this container.
        public static let unknownReservation = Code(value: .unknownReservation)
        /// The kernel or the user-space proxy refused a change.
        public static let dataPlane = Code(value: .dataPlane)

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
