/// A kernel call that failed: which call, on what, and why.
public struct LinuxError: Error, Sendable, CustomStringConvertible {
    /// What callers distinguish; grows without breaking them.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case notFound, alreadyExists, denied, noSpace, busy, unsupported, invalid, limit, other
        }
        private let name: Name

        /// The file, process or object does not exist.
        public static let notFound = Code(name: .notFound)
        /// It exists already.
        public static let alreadyExists = Code(name: .alreadyExists)
        /// The kernel refused for lack of privilege.
        public static let denied = Code(name: .denied)
        /// The disk or quota is full.
        public static let noSpace = Code(name: .noSpace)
        /// Somebody else uses it.
        public static let busy = Code(name: .busy)
        /// This kernel or file system cannot do it.
        public static let unsupported = Code(name: .unsupported)
        /// The argument or the data is wrong.
        public static let invalid = Code(name: .invalid)
        /// A limit of Skiff or of the kernel is reached.
        public static let limit = Code(name: .limit)
        /// Anything else; see `errno`.
        public static let other = Code(name: .other)

        /// The code's name.
        public var description: String { name.rawValue }
    }

    /// The class of failure.
    public let code: Code
    /// The call that failed, for example `openat2`.
    public let call: String
    /// Path, id or value the call was made on.
    public let argument: String
    /// The kernel's number; 0 when Skiff itself refused.
    public let errno: Errno
    /// What stands behind this failure, if anything.
    public let cause: (any Error)?
    private let detail: String?

    /// A failed system call.
    public init(_ call: String, _ argument: String, _ errno: Errno, cause: (any Error)? = nil) {
        self.call = call
        self.argument = argument
        self.errno = errno
        self.code = Self.classify(errno)
        self.cause = cause
        self.detail = nil
    }

    /// A refusal by Skiff itself, with its own words.
    public init(code: Code, call: String, argument: String, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.call = call
        self.argument = argument
        self.errno = Errno(0)
        self.cause = cause
        self.detail = detail
    }

    /// One line: call, argument, reason.
    public var message: String {
        let subject = argument.isEmpty ? call : "\(call) \(argument)"
        return "\(subject): \(detail ?? errno.description)"
    }

    /// The same as `message`.
    public var description: String { message }

    private static func classify(_ errno: Errno) -> Code {
        switch errno {
        case .noEntry, .noProcess, .noData, .notDirectory: .notFound
        case .exists, .notEmpty: .alreadyExists
        case .accessDenied, .notPermitted: .denied
        case .noSpace: .noSpace
        case .busy, .wouldBlock: .busy
        case .notImplemented, .notSupported: .unsupported
        case .invalid, .linkLoop, .outOfRange, .messageTooLong: .invalid
        default: .other
        }
    }
}

extension Result where Failure == Errno {
    /// The value, or a `LinuxError` naming the call and its argument.
    @inlinable
    package func orThrow(_ call: String, _ argument: @autoclosure () -> String = "") throws(LinuxError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let errno): throw LinuxError(call, argument(), errno)
        }
    }
}
