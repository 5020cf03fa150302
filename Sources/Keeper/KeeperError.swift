import SystemLinux

/// What goes wrong in the keeper or on the way to it.
public struct KeeperError: Error, Sendable, CustomStringConvertible {
    /// What callers distinguish; grows without breaking them.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case invalidPlan, unsupported, launchFailed, unknownProcess, alreadyExists, notRunning, busy,
                protocolViolation
            case versionMismatch, keeperGone, limit, system
        }
        private let name: Name

        /// The plan contradicts itself or the specification.
        public static let invalidPlan = Code(name: .invalidPlan)
        /// The plan asks for something Skiff or this host cannot do.
        public static let unsupported = Code(name: .unsupported)
        /// A step between clone and execve failed; see `step` and `errno`.
        public static let launchFailed = Code(name: .launchFailed)
        /// The keeper has no process of this id.
        public static let unknownProcess = Code(name: .unknownProcess)
        /// The keeper has a process of this id already.
        public static let alreadyExists = Code(name: .alreadyExists)
        /// The process has ended.
        public static let notRunning = Code(name: .notRunning)
        /// The keeper cannot do this now; try again.
        public static let busy = Code(name: .busy)
        /// A message that cannot be understood.
        public static let protocolViolation = Code(name: .protocolViolation)
        /// Keeper and daemon speak different versions.
        public static let versionMismatch = Code(name: .versionMismatch)
        /// The keeper died or closed the connection before it answered.
        public static let keeperGone = Code(name: .keeperGone)
        /// A named limit is reached.
        public static let limit = Code(name: .limit)
        /// A system call of the keeper itself failed.
        public static let system = Code(name: .system)

        private init(name: Name) {
            self.name = name
        }

        /// The code's name, also its form on the wire.
        public var description: String { name.rawValue }

        /// From the form on the wire; `system` for words of a newer keeper.
        public init(wire: String) {
            name = Name(rawValue: wire) ?? .system
        }
    }

    /// The class of failure.
    public let code: Code
    /// One line: what, on what, why.
    public let message: String
    /// For `launchFailed`: the step's name, such as `mount` or `exec`.
    public let step: String?
    /// The kernel's number when a call failed.
    public let errno: Errno?
    /// What stands behind this failure, if anything.
    public let cause: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, step: String? = nil, errno: Errno? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.step = step
        self.errno = errno
        self.cause = cause
    }

    /// A failed call of the kernel.
    public init(_ error: LinuxError, code: Code = .system, step: String? = nil) {
        self.init(code, error.message, step: step, errno: error.errno, cause: error)
    }

    /// A failure as the keeper sent it.
    public init(wire code: String, _ message: String, step: String, errno: Int32) {
        self.init(
            Code(wire: code), message, step: step.isEmpty ? nil : step, errno: errno == 0 ? nil : Errno(errno)
        )
    }

    /// The same as `message`.
    public var description: String { message }
}
