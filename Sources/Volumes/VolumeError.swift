/// Why a volume could not be made, used or removed.
public struct VolumeError: Error, Sendable, CustomStringConvertible {
    /// The class of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case notFound, invalid, conflict, inUse, storage }

        private let value: Value

        /// No volume of that name.
        public static let notFound = Code(value: .notFound)
        /// A name or option is wrong.
        public static let invalid = Code(value: .invalid)
        /// A volume of that name exists with other settings.
        public static let conflict = Code(value: .conflict)
        /// A container uses the volume.
        public static let inUse = Code(value: .inUse)
        /// The disk refused.
        public static let storage = Code(value: .storage)

        /// The code's name.
        public var description: String { value.rawValue }
    }

    /// The class of failure.
    public let code: Code
    /// One lower-case sentence without full stop that names the volume or path.
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
