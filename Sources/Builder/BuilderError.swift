/// Everything that can go wrong while a Dockerfile is read, planned or executed.
///
/// User-facing: `description` shows the file, the line range, an excerpt with a mark, and the message.
public struct BuilderError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure this is; faces map it to a status.
    public let code: Code
    /// Lower case, names the value involved and, where it helps, what to do next.
    public let message: String
    /// Where in the Dockerfile (or ignore file) it happened.
    public let location: SourceLocation?
    /// The exit status of a failed RUN step.
    public let exitCode: Int?
    /// The failure underneath, when another module raised it.
    public let cause: (any Error)?

    /// Makes an error; nothing is looked up.
    public init(
        _ code: Code, _ message: String, at location: SourceLocation? = nil, exitCode: Int? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.location = location
        self.exitCode = exitCode
        self.cause = cause
    }

    /// The excerpt (when there is one), then the message.
    public var description: String {
        guard let location else { return message }
        return location.excerpt + message
    }

    /// The same error at `location`, unless it already has one.
    public func located(at location: SourceLocation) -> BuilderError {
        guard self.location == nil else { return self }
        return BuilderError(code, message, at: location, exitCode: exitCode, cause: cause)
    }

    /// A closed set of kinds that can grow without breaking callers.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case syntax, unknownInstruction, invalidValue, unsupported, notFound, context, stepFailed, base
            case permission, limit, storage, cancelled
        }

        private let kind: Kind

        /// The text is no Dockerfile (or ignore file).
        public static let syntax = Code(kind: .syntax)
        /// An instruction that does not exist.
        public static let unknownInstruction = Code(kind: .unknownInstruction)
        /// A flag, argument or variable with a value that is not allowed.
        public static let invalidValue = Code(kind: .invalidValue)
        /// Correct, but not executed by this version.
        public static let unsupported = Code(kind: .unsupported)
        /// A stage, file or source that does not exist.
        public static let notFound = Code(kind: .notFound)
        /// The build context cannot be read or is hostile.
        public static let context = Code(kind: .context)
        /// A RUN command ended with a status other than 0.
        public static let stepFailed = Code(kind: .stepFailed)
        /// The base image cannot be had.
        public static let base = Code(kind: .base)
        /// The caller may not read what it named.
        public static let permission = Code(kind: .permission)
        /// A named limit was exceeded.
        public static let limit = Code(kind: .limit)
        /// The disk or the cache database failed.
        public static let storage = Code(kind: .storage)
        /// The build was cancelled by its caller.
        public static let cancelled = Code(kind: .cancelled)

        /// The code's name, for logs.
        public var description: String { kind.rawValue }
    }
}
