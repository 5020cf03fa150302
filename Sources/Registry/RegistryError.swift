/// Why the registry server refused a request (distribution-spec, "Error Codes").
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The specification's codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case BLOB_UNKNOWN, BLOB_UPLOAD_INVALID, BLOB_UPLOAD_UNKNOWN, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN
            case MANIFEST_INVALID, MANIFEST_UNKNOWN, NAME_INVALID, NAME_UNKNOWN, SIZE_INVALID, UNAUTHORIZED, DENIED
            case UNSUPPORTED, TOOMANYREQUESTS, UNKNOWN
        }

        private let value: Value

        /// No such blob in the repository.
        public static let blobUnknown = Code(value: .BLOB_UNKNOWN)
        /// The upload cannot go on like this.
        public static let blobUploadInvalid = Code(value: .BLOB_UPLOAD_INVALID)
        /// No such upload.
        public static let blobUploadUnknown = Code(value: .BLOB_UPLOAD_UNKNOWN)
        /// The digest is malformed, or the content does not match it.
        public static let digestInvalid = Code(value: .DIGEST_INVALID)
        /// The manifest names content that is not here.
        public static let manifestBlobUnknown = Code(value: .MANIFEST_BLOB_UNKNOWN)
        /// The manifest breaks a rule.
        public static let manifestInvalid = Code(value: .MANIFEST_INVALID)
        /// No such manifest or tag.
        public static let manifestUnknown = Code(value: .MANIFEST_UNKNOWN)
        /// The repository name is malformed.
        public static let nameInvalid = Code(value: .NAME_INVALID)
        /// No such repository.
        public static let nameUnknown = Code(value: .NAME_UNKNOWN)
        /// The length is wrong or too large.
        public static let sizeInvalid = Code(value: .SIZE_INVALID)
        /// Credentials are needed.
        public static let unauthorized = Code(value: .UNAUTHORIZED)
        /// The client may not do this.
        public static let denied = Code(value: .DENIED)
        /// The operation is not supported.
        public static let unsupported = Code(value: .UNSUPPORTED)
        /// A limit on requests is reached.
        public static let tooManyRequests = Code(value: .TOOMANYREQUESTS)
        /// Anything else; the registry's own fault.
        public static let unknown = Code(value: .UNKNOWN)

        /// The code as the wire has it.
        public var description: String { value.rawValue }
    }

    /// The specification's code.
    public let code: Code
    /// What was wrong; lower case.
    public let message: String
    /// HTTP status to answer with.
    public let status: Int
    /// Extra header fields of the answer.
    public let headers: [String: String]
    /// The error underneath, if there is one.
    public let cause: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, status: Int, _ message: String, headers: [String: String] = [:], cause: (any Error)? = nil
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.headers = headers
        self.cause = cause
    }

    /// The message, followed by its cause.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
