/// A directory or file of the host that appears in a container.
public struct PodMount: Sendable, Hashable {
    /// The path on the host.
    public var source: String
    /// The path in the container.
    public var destination: String
    /// Whether it can't be written.
    public var isReadOnly: Bool

    /// A bind mount.
    public init(source: String, destination: String, isReadOnly: Bool = false) {
        self.source = source
        self.destination = destination
        self.isReadOnly = isReadOnly
    }
}

/// Who a container runs as and what it may do.
public struct PodContainerSecurity: Sendable, Hashable {
    /// The user id; nil takes the image's user.
    public var userID: UInt32?
    /// The group id; nil takes the image's, or 0 with a user id.
    public var groupID: UInt32?
    /// Further groups.
    public var supplementalGroups: [UInt32] = []
    /// Whether an image user of root is refused.
    public var mustNotBeRoot = false
    /// Whether it has all capabilities and devices, and no seccomp filter or masked paths.
    public var isPrivileged = false
    /// Capabilities on top of the default ones, without `CAP_`; `ALL` is all.
    public var addedCapabilities: [String] = []
    /// Capabilities taken from the default ones; `ALL` is all.
    public var droppedCapabilities: [String] = []
    /// Whether set-user-ID programs give nothing (no_new_privs).
    public var noNewPrivileges = false
    /// Whether the root can't be written.
    public var readOnlyRoot = false
    /// Whether the default seccomp filter is left out.
    public var seccompUnconfined = false

    /// The defaults of an ordinary container.
    public init() {}
}

/// What a container may use.
public struct PodContainerResources: Sendable, Hashable {
    /// CPU weight in the scale of `cpu.shares` (2…262144).
    public var cpuShares: Int64 = 2
    /// CPU time per period in microseconds; nil is no limit.
    public var cpuQuotaMicroseconds: Int64?
    /// The period in microseconds.
    public var cpuPeriodMicroseconds: Int64 = 100_000
    /// Memory in bytes; nil is no limit.
    public var memoryLimitBytes: Int64?
    /// How early the kernel kills it for memory (0…1000).
    public var oomScoreAdjustment = 0

    /// No limits.
    public init() {}
}

/// What a container of a pod is to be; everything is resolved, nothing is left to look up but the image's defaults.
public struct PodContainerSpec: Sendable, Hashable {
    /// The sandbox it joins.
    public var sandboxID: String
    /// The pod's uid.
    public var podUID: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var podName: String
    /// The container's name in the pod.
    public var name: String
    /// 0 for the first run, one more for each restart.
    public var attempt: Int
    /// The image, as `ensureImage` returned it.
    public var image: PodImage
    /// Replaces the image's ENTRYPOINT; empty keeps it.
    public var command: [String] = []
    /// Replaces the image's CMD; empty keeps it, unless `command` is set (then there is none).
    public var arguments: [String] = []
    /// Replaces the image's directory; empty keeps it.
    public var workingDirectory = ""
    /// Set on top of the image's variables, in order.
    public var environment: [EnvironmentVariable] = []
    /// What appears in it from the host.
    public var mounts: [PodMount] = []
    /// Who it runs as and what it may do.
    public var security = PodContainerSecurity()
    /// What it may use.
    public var resources = PodContainerResources()
    /// Whether its standard input stays open.
    public var stdin = false
    /// Whether its standard input closes after the first attach.
    public var stdinOnce = false
    /// Whether it gets a terminal.
    public var terminal = false
    /// Labels by which `list` finds it again.
    public var labels: [String: String]

    /// A container with the image's defaults; set what differs.
    public init(
        sandboxID: String, podUID: String, namespace: String, podName: String, name: String, attempt: Int,
        image: PodImage
    ) {
        self.sandboxID = sandboxID
        self.podUID = podUID
        self.namespace = namespace
        self.podName = podName
        self.name = name
        self.attempt = attempt
        self.image = image
        labels = PodLabels.sandbox(podUID: podUID, namespace: namespace, name: podName, attempt: attempt)
        labels[PodLabels.containerName] = name
    }
}

/// A variable of a container's environment.
public struct EnvironmentVariable: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its value, expanded.
    public var value: String

    /// A variable with its value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
