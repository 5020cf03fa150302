import NIOCore

/// What the API needs from whoever runs the pods of this machine: bytes in and out of containers. `Platform` plugs it.
///
/// Every call runs until the stream is over, is cancelled when the client goes away, and throws when the target does
/// not exist or cannot be reached; the error's description is shown to the user.
public protocol PodStreams: Sendable {
    /// Writes a container's log to `output`; with `follow` until the container ends.
    func logs(of container: ContainerTarget, options: PodLogOptions, to output: PodOutput) async throws

    /// Runs a command in a container; returns its exit status (128 + n after signal n) once all output was written.
    func exec(_ command: [String], in container: ContainerTarget, session: PodSession) async throws -> Int32

    /// Connects to a running container's own standard streams; returns when they end.
    func attach(to container: ContainerTarget, session: PodSession) async throws

    /// Connects to a TCP port inside the pod's network namespace; returns when both directions are over.
    func forward(port: UInt16, of pod: PodTarget, input: PodInput, output: PodOutput) async throws
}

/// A pod of this machine.
public struct PodTarget: Sendable, Hashable {
    /// Namespace.
    public let namespace: String
    /// Name.
    public let name: String
    /// Object uid.
    public let uid: String

    /// Creates a target.
    public init(namespace: String, name: String, uid: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }
}

/// A container of a pod.
public struct ContainerTarget: Sendable, Hashable {
    /// The pod.
    public let pod: PodTarget
    /// The container's name in the pod.
    public let name: String
    /// Id from the pod's status, without its `runtime://` scheme; for logs with `previous` that of the instance before.
    public let containerID: String
    /// How often the container was restarted before this instance.
    public let restartCount: Int

    /// Creates a target.
    public init(pod: PodTarget, name: String, containerID: String, restartCount: Int) {
        self.pod = pod
        self.name = name
        self.containerID = containerID
        self.restartCount = restartCount
    }
}

/// Which part of a log, and in what form. Source: query parameters of `pods/log`.
public struct PodLogOptions: Sendable, Hashable {
    /// Go on with what is written from now on.
    public var follow = false
    /// The instance before the current one.
    public var previous = false
    /// Begin every line with its RFC 3339 time and a blank.
    public var timestamps = false
    /// Only so many lines from the end.
    public var tailLines: Int?
    /// Only lines written at or after this moment, nanoseconds since the epoch.
    public var sinceNanoseconds: Int64?
    /// At most so many bytes.
    public var limitBytes: Int?

    /// Creates options for a whole log.
    public init() {}
}

/// Columns and rows of a terminal.
public struct TerminalSize: Sendable, Hashable {
    /// Columns.
    public let width: UInt16
    /// Rows.
    public let height: UInt16

    /// Creates a size.
    public init(width: UInt16, height: UInt16) {
        self.width = width
        self.height = height
    }
}

/// Bytes from the client, with back-pressure; ends when the client closes the stream. May be iterated once.
public struct PodInput: AsyncSequence, Sendable {
    /// Buffers as they arrive.
    public typealias Element = ByteBuffer
    let pipe: BoundedPipe

    /// Makes the one iterator.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pipe: self.pipe) }

    /// Iterator over the client's bytes.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let pipe: BoundedPipe

        /// The next bytes; nil at the end, and when the task is cancelled.
        public mutating func next() async -> ByteBuffer? { await self.pipe.next() }
    }
}

/// Bytes to the client, with back-pressure.
public struct PodOutput: Sendable {
    private let send: @Sendable (ByteBuffer) async throws -> Void

    /// Wraps a function that sends.
    public init(_ send: @escaping @Sendable (ByteBuffer) async throws -> Void) {
        self.send = send
    }

    /// Sends bytes; suspends while the client is slow, throws when it is gone.
    public func write(_ buffer: ByteBuffer) async throws {
        try await self.send(buffer)
    }
}

/// The streams of one exec or attach.
public struct PodSession: Sendable {
    /// Whether a terminal is asked for; then `stderr` is nil.
    public let tty: Bool
    /// The client's input, nil when it sends none.
    public let stdin: PodInput?
    /// Where standard output goes, nil when the client does not want it.
    public let stdout: PodOutput?
    /// Where standard error goes, nil when the client does not want it.
    public let stderr: PodOutput?
    /// Sizes of the client's terminal, the first one early; bounded to the latest.
    public let resizes: AsyncStream<TerminalSize>

    /// Bundles streams.
    public init(
        tty: Bool, stdin: PodInput?, stdout: PodOutput?, stderr: PodOutput?, resizes: AsyncStream<TerminalSize>
    ) {
        self.tty = tty
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.resizes = resizes
    }
}
