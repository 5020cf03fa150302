import Document
import Effects
import OCI

/// Everything that is remembered about one container, on disk and in memory.
public struct ContainerRecord: Sendable, Hashable {
    /// 64 hexadecimal digits.
    public let id: String
    /// The name, without slash.
    public var name: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The request with the image's values filled in.
    public var request: ContainerRequest
    /// The image's id, `sha256:…`.
    public let imageID: String
    /// The host name inside.
    public var hostname: String
    /// Its life so far, and what follows an exit.
    public var machine: ContainerStateMachine
    /// What is mounted where.
    public var mounts: [MountPoint] = []
    /// The networks it is on while running.
    public var attachments: [NetworkAttachment] = []
    /// Its published ports while reserved.
    public var ports: [PortBinding] = []
    /// Where its log is; empty when it has none.
    public var logPath = ""

    /// The state now.
    public var state: ContainerState { machine.state }
}

/// One mount of a container as `inspect` shows it.
public struct MountPoint: Sendable, Hashable {
    /// Bind, volume or tmpfs.
    public var kind: MountRequest.Kind
    /// The volume's name; empty for others.
    public var volumeName: String
    /// The path on the host; empty for tmpfs.
    public var source: String
    /// The path inside.
    public var destination: String
    /// Whether writing is allowed.
    public var isWritable: Bool
    /// Mount propagation.
    public var propagation: String
    /// Whether the volume goes away with the container.
    public var isAnonymous: Bool
    /// Whether the volume takes the image's content at its first start.
    public var wantsImageContent: Bool
    /// The wish this came from.
    public var wish: MountRequest
}
