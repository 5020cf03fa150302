/// A failure of the node agent.
public struct NodeError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable, Hashable {
            case missingReference, volumeUnavailable, unsupported, hookFailed, notFound
        }

        private let value: Value

        /// A ConfigMap, Secret or key that a container needs is not there.
        public static let missingReference = Code(value: .missingReference)
        /// A volume can't be made.
        public static let volumeUnavailable = Code(value: .volumeUnavailable)
        /// Something asked for is not supported.
        public static let unsupported = Code(value: .unsupported)
        /// A lifecycle hook failed.
        public static let hookFailed = Code(value: .hookFailed)
        /// The pod or container is not on this node.
        public static let notFound = Code(value: .notFound)
    }

    /// What kind of failure it was.
    public let code: Code
    /// What failed, for people: lower case, no full stop.
    public let message: String
    /// What it came from.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, with the cause after a colon.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
