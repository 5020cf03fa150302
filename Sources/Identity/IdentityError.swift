/// What can go wrong with certificates, tokens and kubeconfig files.
public struct IdentityError: Error, Sendable, CustomStringConvertible {
    /// Kind of failure; compare with the static members.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case badCertificate, badKey, badToken, expiredToken, badKubeconfig, file }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// A certificate cannot be read, made or trusted.
        public static let badCertificate = Code(.badCertificate)
        /// A private key cannot be read.
        public static let badKey = Code(.badKey)
        /// A token is malformed, of another issuer or has a wrong signature.
        public static let badToken = Code(.badToken)
        /// A token was good once, or is not good yet.
        public static let expiredToken = Code(.expiredToken)
        /// A kubeconfig is not what it should be.
        public static let badKubeconfig = Code(.badKubeconfig)
        /// A file cannot be read or written.
        public static let file = Code(.file)

        /// The code's name.
        public var description: String { self.value.rawValue }
    }

    /// Kind of failure.
    public let code: Code
    /// What happened, with the path or name involved; lower case, no full stop; never a secret.
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
