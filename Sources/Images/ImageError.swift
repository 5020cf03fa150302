import OCI

/// Why the image store refused or failed.
public struct ImageError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure; faces map them to status codes in one place.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case notFound, blobNotFound, invalid, conflict, inUse, corrupt, unsupported, denied, rateLimited
            case unavailable, noSpace, io
        }

        private let value: Value

        /// No image or tag of that name.
        public static let notFound = Code(value: .notFound)
        /// No blob of that digest.
        public static let blobNotFound = Code(value: .blobNotFound)
        /// The request, name or document breaks a rule.
        public static let invalid = Code(value: .invalid)
        /// The change contradicts what stands.
        public static let conflict = Code(value: .conflict)
        /// Something in use cannot be removed.
        public static let inUse = Code(value: .inUse)
        /// Stored or received content is not what its digest says.
        public static let corrupt = Code(value: .corrupt)
        /// A media type or form that is not supported.
        public static let unsupported = Code(value: .unsupported)
        /// The other registry wants (other) credentials.
        public static let denied = Code(value: .denied)
        /// The other registry limits the number of pulls.
        public static let rateLimited = Code(value: .rateLimited)
        /// The other registry cannot be reached, or no transport is plugged in.
        public static let unavailable = Code(value: .unavailable)
        /// The disk is full.
        public static let noSpace = Code(value: .noSpace)
        /// The file system or the database failed.
        public static let io = Code(value: .io)

        /// The code's name, for logs.
        public var description: String { value.rawValue }
    }

    /// What kind of failure this is.
    public let code: Code
    /// What failed and what to do; lower case, names the reference, digest or path.
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

extension ImageError {
    static func noImage(_ name: String) -> ImageError { ImageError(.notFound, "No such image: \(name)") }

    static func noBlob(_ digest: Digest) -> ImageError {
        ImageError(.blobNotFound, "blob \(digest) is not in the store; pull the image again")
    }
}
