import Document

/// What went wrong between this program and a Kubernetes API, in words for a person.
public struct KubernetesClientError: Error, Sendable, CustomStringConvertible {
    /// The class of failure, for callers that react to it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Hashable { case unreachable, malformedReply, badKubeconfig, unknownResource, refused(Int) }
        private let value: Value

        /// Nobody answers, or the connection broke.
        public static let unreachable = Code(value: .unreachable)
        /// The reply is not what a Kubernetes API sends.
        public static let malformedReply = Code(value: .malformedReply)
        /// The kubeconfig cannot be read, or does not say what is needed.
        public static let badKubeconfig = Code(value: .badKubeconfig)
        /// The server knows no resource of that name.
        public static let unknownResource = Code(value: .unknownResource)
        /// The server answered with this HTTP status (400 or above).
        public static func refused(_ status: Int) -> Code { Code(value: .refused(status)) }

        /// The HTTP status of a refusal, nil for every other code.
        public var status: Int? {
            guard case .refused(let status) = self.value else { return nil }
            return status
        }

        /// The code's name.
        public var description: String {
            switch self.value {
            case .unreachable: "unreachable"
            case .malformedReply: "malformedReply"
            case .badKubeconfig: "badKubeconfig"
            case .unknownResource: "unknownResource"
            case .refused(let status): "refused(\(status))"
            }
        }
    }

    /// The class of failure.
    public let code: Code
    /// One lower-case sentence without full stop that says what to do.
    public let message: String
    /// The server's `Status` object, when it sent one.
    public let status: JSONValue?
    /// The error below this one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, status: JSONValue? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.cause = cause
    }

    /// The machine-readable reason of the server's `Status`, such as `NotFound`.
    public var reason: String? { self.status?["reason"]?.stringValue }

    /// The message, followed by its cause.
    public var description: String {
        guard let cause = self.cause else { return self.message }
        return "\(self.message): \(cause)"
    }
}
