import Images

/// Runs the command of one RUN step in a container. Builder asks; Platform plugs an adapter to the Runtime.
///
/// Isolation, capabilities and limits are those of an ordinary unprivileged container. `/proc`, `/sys` and `/dev`
/// are mounted by the runner, `/dev` as a tmpfs; `resolv.conf` and `hosts` as the network wants them.
public protocol StepRunner: Sendable {
    /// Runs `step` to its end and calls `output` with what it writes, in order, from any thread.
    ///
    /// When the calling task is cancelled the container is killed and removed before this returns. Nothing of the
    /// container may remain afterwards, except the changes in `step.root.upper`.
    ///
    /// - Returns: the exit status: 0 to 255, 128 + n after signal n.
    /// - Throws: any error when the command could not be started at all.
    func run(_ step: RunnableStep, output: @escaping @Sendable (StepOutput) -> Void) async throws -> Int
}

/// One command to run, with everything that it sees.
public struct RunnableStep: Sendable {
    /// Names the container; unique.
    public let id: String
    /// The root file system; mount points for `/proc`, `/sys`, `/dev`, `/etc/hosts`, `/etc/hostname`,
    /// `/etc/resolv.conf` and all of `mounts` exist in it already, so that none is made in `upper`.
    public let root: OverlayRoot
    /// The command line.
    public let arguments: [String]
    /// `NAME=value`; complete, nothing is added from the image.
    public let environment: [String]
    /// Absolute path inside the root; it exists.
    public let workingDirectory: String
    /// `user[:group]`, names or numbers of the root's own files; empty means root.
    public let user: String
    /// The network.
    public let network: StepNetwork
    /// `name:address` lines for `/etc/hosts`.
    public let extraHosts: [String]
    /// Mounts in order, after `/dev` and before the command.
    public let mounts: [StepMount]
}

/// The network of one step.
public enum StepNetwork: Sendable, Hashable {
    /// A sandbox on the default network, with DNS.
    case sandbox
    /// Only a loopback device.
    case none
    /// The host's.
    case host
    /// A sandbox on a network of that name.
    case named(String)
}

/// One mount of a step.
public struct StepMount: Sendable, Hashable {
    /// What is mounted.
    public enum Source: Sendable, Hashable {
        /// A file or directory of the host, bound.
        case path(String)
        /// An empty file system in memory.
        case tmpfs(sizeBytes: Int64?)
    }

    /// What is mounted.
    public let source: Source
    /// Absolute path inside the root.
    public let target: String
    /// Whether writes are refused.
    public let isReadOnly: Bool

    /// Describes a mount.
    public init(source: Source, target: String, isReadOnly: Bool) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// A piece of a step's output.
public struct StepOutput: Sendable, Hashable {
    /// Where it was written.
    public enum Stream: String, Sendable, Hashable {
        case standardOutput = "stdout"
        case standardError = "stderr"
    }

    /// Where it was written.
    public let stream: Stream
    /// The bytes as written; may end in the middle of a line.
    public let bytes: [UInt8]

    /// Wraps a piece of output.
    public init(stream: Stream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}
