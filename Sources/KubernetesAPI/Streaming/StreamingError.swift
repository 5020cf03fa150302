/// What can go wrong on a streaming connection (exec, attach, port-forward).
public struct StreamingError: Error, Sendable, CustomStringConvertible {
    /// Kind of failure; compare with the static members.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case protocolViolation, closed, tooLarge }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The client does not follow WebSocket or SPDY.
        public static let protocolViolation = Code(.protocolViolation)
        /// The connection or the stream is closed.
        public static let closed = Code(.closed)
        /// A frame or message exceeds its limit.
        public static let tooLarge = Code(.tooLarge)

        /// The code's name.
        public var description: String { self.value.rawValue }
    }

    /// Kind of failure.
    public let code: Code
    /// What happened; lower case, no full stop.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}
