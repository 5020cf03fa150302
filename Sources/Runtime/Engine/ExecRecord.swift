import Effects

/// A further process that a client wants in a running container.
public struct ExecRequest: Sendable, Hashable {
    /// Program and arguments.
    public var arguments: [String]
    /// `NAME=value`, on top of the container's.
    public var environment: [String] = []
    /// Directory; empty takes the container's.
    public var workingDirectory = ""
    /// `user[:group]`; empty takes the container's.
    public var user = ""
    /// Whether it gets a terminal.
    public var tty = false
    /// Whether it has every capability.
    public var privileged = false
    /// Whether its input is read from the client.
    public var attachStdin = false
    /// Whether its output goes to the client.
    public var attachStdout = true
    /// Whether its errors go to the client.
    public var attachStderr = true
    /// Size of the terminal at start.
    public var consoleSize = ConsoleSize()

    /// A request for a command.
    public init(_ arguments: [String]) {
        self.arguments = arguments
    }
}

/// What is known about one exec.
public struct ExecRecord: Sendable, Hashable {
    /// 64 hexadecimal digits.
    public let id: String
    /// The container.
    public let containerID: String
    /// What was asked for.
    public var request: ExecRequest
    /// Whether it was started.
    public var wasStarted = false
    /// Process id on the host while running, else 0.
    public var pid: Int32 = 0
    /// Exit code; nil before the end.
    public var exitCode: Int?
    /// When it was asked for.
    public let createdAt: Timestamp

    /// Whether it runs.
    public var isRunning: Bool { wasStarted && exitCode == nil }
}
