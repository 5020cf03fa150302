/// Why the platform could not start, stop or answer.
public struct PlatformError: Error, Sendable, CustomStringConvertible {
    /// What callers distinguish; grows without breaking them.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Name: String { case invalidName, alreadyRunning, notRoot, startFailed, notFound, leftBehind, io }
        private let name: Name

        /// The cluster's name can't be used.
        public static let invalidName = Code(name: .invalidName)
        /// Another daemon owns this cluster.
        public static let alreadyRunning = Code(name: .alreadyRunning)
        /// The caller lacks the privilege.
        public static let notRoot = Code(name: .notRoot)
        /// A module could not start.
        public static let startFailed = Code(name: .startFailed)
        /// There is no such thing.
        public static let notFound = Code(name: .notFound)
        /// Something of the cluster could not be removed from the host.
        public static let leftBehind = Code(name: .leftBehind)
        /// A file or socket failed.
        public static let io = Code(name: .io)

        /// The code's name.
        public var description: String { name.rawValue }
    }

    /// The class of failure.
    public let code: Code
    /// One line: what, where, what to do.
    public let message: String
    /// What stands behind it.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Message and cause on one line.
    public var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
