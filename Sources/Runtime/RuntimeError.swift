/// Why the runtime refused or failed.
public struct RuntimeError: Error, Sendable, CustomStringConvertible {
    /// The class of failure; faces map it to their own status in one place.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case notFound, imageNotFound, invalid, unsupported, conflict, notRunning, unchanged, portInUse
            case commandNotFound, commandNotExecutable, startFailed, unavailable, internalFailure
        }

        private let value: Value

        /// No container, sandbox, exec or volume of that name.
        public static let notFound = Code(value: .notFound)
        /// The image is not in the store.
        public static let imageNotFound = Code(value: .imageNotFound)
        /// A field's value is wrong.
        public static let invalid = Code(value: .invalid)
        /// A field or feature this runtime doesn't enforce; it is refused rather than ignored.
        public static let unsupported = Code(value: .unsupported)
        /// The name is taken, or the state forbids the operation.
        public static let conflict = Code(value: .conflict)
        /// The operation needs a running container.
        public static let notRunning = Code(value: .notRunning)
        /// The container is already in the state asked for (HTTP 304).
        public static let unchanged = Code(value: .unchanged)
        /// A port that was to be published is taken.
        public static let portInUse = Code(value: .portInUse)
        /// The program to run does not exist (exit code 127).
        public static let commandNotFound = Code(value: .commandNotFound)
        /// The program to run can't be executed (exit code 126).
        public static let commandNotExecutable = Code(value: .commandNotExecutable)
        /// The container could not be started for another reason (exit code 128, 125 on the command line).
        public static let startFailed = Code(value: .startFailed)
        /// The keeper or another part is not there at the moment.
        public static let unavailable = Code(value: .unavailable)
        /// A failure of the host (disk, kernel) or of this program.
        public static let internalFailure = Code(value: .internalFailure)

        /// The code's name.
        public var description: String { value.rawValue }
    }

    /// The class of failure.
    public let code: Code
    /// One lower-case sentence without full stop that names the path, id or value involved.
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
