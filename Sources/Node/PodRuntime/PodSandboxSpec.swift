/// A port of the host that leads to a port of a pod.
public struct PodPortMapping: Sendable, Hashable {
    /// The host's address, empty for all.
    public var hostAddress: String
    /// The port on the host.
    public var hostPort: Int
    /// The port in the pod.
    public var containerPort: Int
    /// `tcp` or `udp`.
    public var transport: String

    /// A mapping as asked for by `ports[].hostPort`.
    public init(hostAddress: String = "", hostPort: Int, containerPort: Int, transport: String) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }
}

/// What a pod's sandbox is to be.
public struct PodSandboxSpec: Sendable, Hashable {
    /// The pod's uid.
    public var podUID: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var name: String
    /// 0 for the first sandbox of the pod, one more for each that replaced it.
    public var attempt: Int
    /// The host name inside.
    public var hostname: String
    /// Whether it uses the host's network instead of its own.
    public var hostNetwork: Bool
    /// Whether it sees the host's processes.
    public var hostPID: Bool
    /// Whether it uses the host's IPC objects.
    public var hostIPC: Bool
    /// Kernel parameters of its namespaces.
    public var sysctls: [String: String]
    /// Ports of the host that lead in.
    public var portMappings: [PodPortMapping]
    /// Labels by which `list` finds it again; see `PodLabels`.
    public var labels: [String: String]

    /// A sandbox with its own namespaces; set what differs.
    public init(podUID: String, namespace: String, name: String, attempt: Int, hostname: String) {
        self.podUID = podUID
        self.namespace = namespace
        self.name = name
        self.attempt = attempt
        self.hostname = hostname
        hostNetwork = false
        hostPID = false
        hostIPC = false
        sysctls = [:]
        portMappings = []
        labels = PodLabels.sandbox(podUID: podUID, namespace: namespace, name: name, attempt: attempt)
    }
}

/// A sandbox that stands.
public struct PodSandbox: Sendable, Hashable {
    /// Its id.
    public var id: String
    /// Its addresses, the first is the pod's address; empty with the host's network.
    public var addresses: [String]

    /// A sandbox with its addresses.
    public init(id: String, addresses: [String]) {
        self.id = id
        self.addresses = addresses
    }
}

/// The labels on sandboxes and containers, those of the CRI, so that tools know them.
public enum PodLabels {
    /// The pod's uid.
    public static let podUID = "io.kubernetes.pod.uid"
    /// The pod's namespace.
    public static let podNamespace = "io.kubernetes.pod.namespace"
    /// The pod's name.
    public static let podName = "io.kubernetes.pod.name"
    /// The container's name.
    public static let containerName = "io.kubernetes.container.name"
    /// How often the container, or the sandbox, was made before.
    public static let attempt = "io.kubernetes.attempt"

    /// The labels of a sandbox.
    public static func sandbox(podUID uid: String, namespace: String, name: String, attempt: Int) -> [String: String] {
        [podUID: uid, podNamespace: namespace, podName: name, Self.attempt: String(attempt)]
    }
}
