/// Why a digest, a reference or an image document was refused.
public struct OCIError: Error, Sendable, CustomStringConvertible {
    /// The kinds of refusal; faces map them to status codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformedDigest, unsupportedDigestAlgorithm, malformedReference, malformedTag, malformedName
            case malformedPlatform, unsupportedMediaType, invalidDocument
        }

        private let value: Value

        /// A digest that is not `algorithm:hex` of the right length.
        public static let malformedDigest = Code(value: .malformedDigest)
        /// A well-formed digest of an algorithm other than sha256 and sha512.
        public static let unsupportedDigestAlgorithm = Code(value: .unsupportedDigestAlgorithm)
        /// An image reference that follows no form of the grammar.
        public static let malformedReference = Code(value: .malformedReference)
        /// A tag outside `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
        public static let malformedTag = Code(value: .malformedTag)
        /// A repository or registry name outside the grammar.
        public static let malformedName = Code(value: .malformedName)
        /// A platform that is not `os[/architecture[/variant]]`.
        public static let malformedPlatform = Code(value: .malformedPlatform)
        /// A document whose media type is not one of an image.
        public static let unsupportedMediaType = Code(value: .unsupportedMediaType)
        /// A document that breaks a rule of the image specification.
        public static let invalidDocument = Code(value: .invalidDocument)

        /// The code's name, for logs.
        public var description: String { value.rawValue }
    }

    /// What kind of refusal this is.
    public let code: Code
    /// What was refused and why; lower case, names the value.
    public let message: String
    /// The error underneath, if there is one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, followed by its cause.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
