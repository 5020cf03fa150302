import Effects

/// When an image is looked for elsewhere (core/v1 PullPolicy).
public enum PodImagePolicy: String, Sendable, Hashable {
    /// Resolved at its registry each time; a name made on this machine is its own authority.
    case always = "Always"
    /// Only when it is not here.
    case ifNotPresent = "IfNotPresent"
    /// Not at all.
    case never = "Never"
}

/// A login at a registry, from a secret of type `kubernetes.io/dockerconfigjson`.
public struct PodImageCredential: Sendable, Hashable {
    /// The registry's host, with a port if any.
    public var registry: String
    /// The user.
    public var username: String
    /// The password or token; never logged.
    public var password: String

    /// A login.
    public init(registry: String, username: String, password: String) {
        self.registry = registry
        self.username = username
        self.password = password
    }
}

/// Asks for an image.
public struct PodImageRequest: Sendable, Hashable {
    /// The name in the pod spec.
    public var reference: String
    /// When it is pulled.
    public var policy: PodImagePolicy
    /// Logins to try.
    public var credentials: [PodImageCredential]

    /// A request for `reference`.
    public init(reference: String, policy: PodImagePolicy, credentials: [PodImageCredential] = []) {
        self.reference = reference
        self.policy = policy
        self.credentials = credentials
    }
}

/// An image that is here.
public struct PodImage: Sendable, Hashable {
    /// The name in the pod spec.
    public var reference: String
    /// The digest of its config, which names it in the store.
    public var id: String
    /// The name with the manifest's digest, as shown in `imageID`.
    public var digestReference: String
    /// Its size in bytes.
    public var sizeBytes: Int64
    /// Whether it came over the network now.
    public var wasPulled: Bool
    /// The user of its config, empty for root.
    public var user: String

    /// An image with what the status shows of it.
    public init(
        reference: String, id: String, digestReference: String, sizeBytes: Int64, wasPulled: Bool, user: String = ""
    ) {
        self.reference = reference
        self.id = id
        self.digestReference = digestReference
        self.sizeBytes = sizeBytes
        self.wasPulled = wasPulled
        self.user = user
    }
}

/// A container that began to run.
public struct PodContainerStart: Sendable, Hashable {
    /// The process id on the host.
    public var pid: Int32
    /// When it began.
    public var startedAt: Timestamp

    /// A start.
    public init(pid: Int32, startedAt: Timestamp) {
        self.pid = pid
        self.startedAt = startedAt
    }
}

/// The end of a container's first process.
public struct PodContainerExit: Sendable, Hashable {
    /// The pod's uid.
    public var podUID: String
    /// The container's id.
    public var containerID: String
    /// The exit code; 128+n after signal n.
    public var exitCode: Int32
    /// Whether the kernel killed it for memory.
    public var outOfMemory: Bool
    /// When it ended.
    public var finishedAt: Timestamp

    /// An end.
    public init(podUID: String, containerID: String, exitCode: Int32, outOfMemory: Bool, finishedAt: Timestamp) {
        self.podUID = podUID
        self.containerID = containerID
        self.exitCode = exitCode
        self.outOfMemory = outOfMemory
        self.finishedAt = finishedAt
    }
}

/// What a command in a container gave.
public struct PodExecResult: Sendable, Hashable {
    /// Its exit code.
    public var exitCode: Int32
    /// Standard output and error together, cut at the limit.
    public var output: [UInt8]

    /// A result.
    public init(exitCode: Int32, output: [UInt8]) {
        self.exitCode = exitCode
        self.output = output
    }
}

/// A container as the runtime knows it.
public struct PodContainerRecord: Sendable, Hashable {
    /// What it is doing.
    public enum State: Sendable, Hashable {
        /// Not started yet.
        case created
        /// Running since.
        case running(PodContainerStart)
        /// Ended.
        case exited(PodContainerExit, startedAt: Timestamp)
    }

    /// Its id.
    public var id: String
    /// Its name in the pod.
    public var name: String
    /// How often it was made before.
    public var attempt: Int
    /// Its image.
    public var image: PodImage
    /// What it is doing.
    public var state: State

    /// A record.
    public init(id: String, name: String, attempt: Int, image: PodImage, state: State) {
        self.id = id
        self.name = name
        self.attempt = attempt
        self.image = image
        self.state = state
    }
}

/// A sandbox and its containers as the runtime knows them.
public struct PodSandboxRecord: Sendable, Hashable {
    /// The pod's uid.
    public var podUID: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var name: String
    /// How often it was made before.
    public var attempt: Int
    /// The sandbox.
    public var sandbox: PodSandbox
    /// Whether its namespaces still stand; after a reboot they don't.
    public var isAlive: Bool
    /// Its containers.
    public var containers: [PodContainerRecord]

    /// A record.
    public init(
        podUID: String, namespace: String, name: String, attempt: Int, sandbox: PodSandbox, isAlive: Bool,
        containers: [PodContainerRecord]
    ) {
        self.podUID = podUID
        self.namespace = namespace
        self.name = name
        self.attempt = attempt
        self.sandbox = sandbox
        self.isAlive = isAlive
        self.containers = containers
    }
}
