import Cluster

/// A port of the host that a pod claims for itself.
public struct HostPort: Sendable, Hashable {
    /// The host's address; empty or `0.0.0.0` claims the port on all of them.
    public var address: String
    /// `TCP`, `UDP` or `SCTP`.
    public var transport: String
    /// The port number.
    public var port: Int

    /// A claim as written in `ports[].hostPort`.
    public init(address: String = "", transport: String = "TCP", port: Int) {
        self.address = address
        self.transport = transport
        self.port = port
    }

    private var isWildcard: Bool { address.isEmpty || address == "0.0.0.0" || address == "::" }

    /// Whether both cannot be held on one node.
    public func conflicts(with other: HostPort) -> Bool {
        port == other.port && transport == other.transport
            && (isWildcard || other.isWildcard || address == other.address)
    }
}

/// A wish for, or against, the company of other pods within one topology domain.
public struct PodAffinityTerm: Sendable, Hashable {
    /// Which pods are meant; nil means none.
    public var selector: LabelSelector?
    /// The namespaces in which they are looked for.
    public var namespaces: Set<String>
    /// The node label whose equal values make one domain.
    public var topologyKey: String

    /// A term as written in `podAffinityTerm`, its namespaces already resolved.
    public init(selector: LabelSelector?, namespaces: Set<String>, topologyKey: String) {
        self.selector = selector
        self.namespaces = namespaces
        self.topologyKey = topologyKey
    }

    /// Whether `pod` is one of those meant.
    public func selects(namespace: String, labels: [String: String]) -> Bool {
        guard let selector else { return false }
        return namespaces.contains(namespace) && selector.matches(labels)
    }
}

/// Something preferred, with how much it counts (1–100).
public struct Weighted<Wish: Sendable & Hashable>: Sendable, Hashable {
    /// How much it counts.
    public var weight: Int
    /// What is preferred.
    public var wish: Wish

    /// A preference as written in `preferredDuringSchedulingIgnoredDuringExecution`.
    public init(weight: Int, wish: Wish) {
        self.weight = weight
        self.wish = wish
    }
}

/// A bound on how unevenly like pods may spread over domains (core/v1 TopologySpreadConstraint).
public struct SpreadConstraint: Sendable, Hashable {
    /// The node label whose equal values make one domain.
    public var topologyKey: String
    /// The most by which a domain may exceed the least filled one.
    public var maxSkew: Int
    /// Whether a violation forbids (`DoNotSchedule`) or only costs points (`ScheduleAnyway`).
    public var isRequired: Bool
    /// Which pods of the namespace are counted; nil counts none.
    public var selector: LabelSelector?

    /// A constraint as written in `topologySpreadConstraints`.
    public init(topologyKey: String, maxSkew: Int, isRequired: Bool, selector: LabelSelector?) {
        self.topologyKey = topologyKey
        self.maxSkew = maxSkew
        self.isRequired = isRequired
        self.selector = selector
    }
}

/// All that scheduling needs to know of one pod.
public struct PodRequirements: Sendable, Hashable {
    /// The pod's uid.
    public var uid: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's name.
    public var name: String
    /// The pod's labels.
    public var labels: [String: String] = [:]
    /// The uid of its controller, by which replicas are kept apart.
    public var ownerUID: String?
    /// Higher goes first.
    public var priority: Int64 = 0
    /// When it was created, in nanoseconds since the epoch; earlier goes first among equals.
    public var createdNanoseconds: Int64 = 0
    /// What it takes from a node.
    public var requests = ResourceAmounts()
    /// Labels a node must have.
    public var nodeSelector: [String: String] = [:]
    /// Alternatives of which a node must meet one; nil asks nothing.
    public var requiredNodeTerms: [NodeSelectorTerm]?
    /// Nodes it would rather have.
    public var preferredNodeTerms: [Weighted<NodeSelectorTerm>] = []
    /// Taints it does not mind.
    public var tolerations: [Toleration] = []
    /// Ports of the host it claims.
    public var hostPorts: [HostPort] = []
    /// Company it must have.
    public var requiredAffinity: [PodAffinityTerm] = []
    /// Company it would rather have.
    public var preferredAffinity: [Weighted<PodAffinityTerm>] = []
    /// Company it must not have.
    public var requiredAntiAffinity: [PodAffinityTerm] = []
    /// Company it would rather not have.
    public var preferredAntiAffinity: [Weighted<PodAffinityTerm>] = []
    /// Bounds on uneven spreading.
    public var spreadConstraints: [SpreadConstraint] = []

    /// A pod that asks nothing; set what it asks.
    public init(uid: String, namespace: String, name: String) {
        self.uid = uid
        self.namespace = namespace
        self.name = name
    }
}
