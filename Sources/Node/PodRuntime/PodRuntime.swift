/// What the node asks of whatever runs containers. Platform plugs the Runtime in.
///
/// Called from any isolation; calls may take as long as the work takes, and must not block a thread of the
/// cooperative pool. Errors carry a message for people; `PodRuntimeError` says what kind of failure it was.
public protocol PodRuntime: Sendable {
    /// The runtime's name and version, as shown in the Node object and in container ids (`name://id`).
    var identity: PodRuntimeIdentity { get }

    /// Every end of a container's first process, from the moment of the call on. One task reads it.
    ///
    /// An exit that happened before is reported by `list`.
    func exits() -> AsyncStream<PodContainerExit>

    /// Makes sure the image is there under the policy, pulling it if that is asked for.
    func ensureImage(_ request: PodImageRequest) async throws -> PodImage

    /// Makes a sandbox: namespaces, network and cgroup. An equal attempt of the same pod replaces what is left of it.
    func makeSandbox(_ spec: PodSandboxSpec) async throws -> PodSandbox

    /// Kills what runs in the sandbox and removes it with its containers; does nothing when it is not there.
    func removeSandbox(_ id: String) async throws

    /// Records a container and makes its root; returns its id.
    func createContainer(_ spec: PodContainerSpec) async throws -> String

    /// Starts a created container; returns when its process executes.
    func startContainer(_ id: String) async throws -> PodContainerStart

    /// Sends the stop signal, then SIGKILL after the grace; returns after the exit. A later call with a shorter
    /// grace shortens the first. Does nothing when the container does not run.
    func stopContainer(_ id: String, graceSeconds: Int) async throws

    /// Removes a container that has ended, with its log; does nothing when it is not there.
    func removeContainer(_ id: String) async throws

    /// Runs a command in a container and waits for it; kills it at the timeout, which throws `.timedOut`.
    func execute(_ command: [String], in id: String, timeout: Duration, outputLimitBytes: Int) async throws
        -> PodExecResult

    /// The end of a container's log, at most so many lines and bytes.
    func logTail(of id: String, lines: Int, limitBytes: Int) async throws -> [UInt8]

    /// Every sandbox of a pod and its containers, running or not; how a new daemon finds what the last one started.
    func list() async throws -> [PodSandboxRecord]
}

/// Name and version of a runtime.
public struct PodRuntimeIdentity: Sendable, Hashable {
    /// The name, such as `skiff`.
    public let name: String
    /// The version.
    public let version: String

    /// A runtime called `name`.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// A failure of the runtime that the node tells apart.
public struct PodRuntimeError: Error, Sendable, CustomStringConvertible {
    /// The kinds told apart.
    public enum Kind: Sendable, Hashable {
        /// The image reference can't be read.
        case invalidImageName
        /// The image is not in the store and the policy forbids pulling.
        case imageNeverPull
        /// The image could not be pulled.
        case imagePull
        /// A timeout passed.
        case timedOut
        /// The container or sandbox is not there.
        case notFound
        /// Anything else.
        case failed
    }

    /// What kind of failure it was.
    public let kind: Kind
    /// What failed, for people: lower case, no full stop.
    public let message: String

    /// A failure of the given kind.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
