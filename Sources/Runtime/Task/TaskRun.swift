import Images
import Keeper
import Synchronization

/// One program that runs to its end in a root of the caller's: a RUN step of a build.
public struct TaskRequest: Sendable {
    /// The root; what the program changes is in its upper directory afterwards.
    public var root: OverlayRoot
    /// Program and arguments.
    public var arguments: [String]
    /// `NAME=value`.
    public var environment: [String] = []
    /// Absolute directory inside; made when missing.
    public var workingDirectory = "/"
    /// `user[:group]`; empty is root.
    public var user = ""
    /// Mounts on top of the defaults.
    public var mounts: [MountRequest] = []
    /// `bridge` (or another network), `none` or `host`.
    public var network = "bridge"
    /// Extra lines of /etc/hosts.
    public var extraHosts: [String] = []
    /// Host name inside.
    public var hostname = ""
    /// Whether it has every capability.
    public var privileged = false
    /// Limits.
    public var resources = ResourceRequest()
    /// Size of /dev/shm in bytes; 0 means 64 MiB.
    public var shmSizeBytes: Int64 = 0

    /// A program in a root.
    public init(root: OverlayRoot, arguments: [String]) {
        self.root = root
        self.arguments = arguments
    }
}

/// A task that runs: where its exit is delivered.
final class TaskRun: Sendable {
    private let stream: AsyncStream<ContainerExit>
    private let continuation: AsyncStream<ContainerExit>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    func finish(_ exit: ContainerExit) {
        continuation.yield(exit)
        continuation.finish()
    }

    /// The exit. Once.
    func exit() async throws -> ContainerExit {
        for await exit in stream { return exit }
        throw CancellationError()
    }
}
