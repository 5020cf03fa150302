/// One node as scheduling sees it: what it offers and what is taken.
public struct NodeState: Sendable {
    /// The node's name.
    public let name: String
    /// The node's labels.
    public internal(set) var labels: [String: String]
    /// The node's taints.
    public internal(set) var taints: [Taint]
    /// Whether it was cordoned.
    public internal(set) var isUnschedulable: Bool
    /// What it offers to pods.
    public internal(set) var allocatable: ResourceAmounts
    /// The most pods it takes.
    public internal(set) var podLimit: Int
    /// What its pods have asked for.
    public private(set) var requested = ResourceAmounts()
    /// Its pods by uid.
    public private(set) var pods: [String: PodRequirements] = [:]
    /// How many of its pods belong to each controller.
    private(set) var podsByOwner: [String: Int] = [:]
    /// Its claimed ports, each with the number of claims.
    private(set) var hostPorts: [HostPort: Int] = [:]

    /// An empty node.
    public init(
        name: String, labels: [String: String] = [:], taints: [Taint] = [], isUnschedulable: Bool = false,
        allocatable: ResourceAmounts, podLimit: Int = 110
    ) {
        self.name = name
        self.labels = labels
        self.taints = taints
        self.isUnschedulable = isUnschedulable
        self.allocatable = allocatable
        self.podLimit = podLimit
    }

    /// Takes over what `offer` says of the node itself and keeps the pods.
    mutating func adopt(offer: NodeState) {
        labels = offer.labels
        taints = offer.taints
        isUnschedulable = offer.isUnschedulable
        allocatable = offer.allocatable
        podLimit = offer.podLimit
    }

    /// Accounts for a pod; a pod already accounted for is replaced.
    mutating func place(_ pod: PodRequirements) {
        remove(uid: pod.uid)
        pods[pod.uid] = pod
        requested += pod.requests
        if let owner = pod.ownerUID { podsByOwner[owner, default: 0] += 1 }
        for port in pod.hostPorts { hostPorts[port, default: 0] += 1 }
    }

    /// Gives back what a pod took; nothing happens when it is not here.
    mutating func remove(uid: String) {
        guard let pod = pods.removeValue(forKey: uid) else { return }
        requested -= pod.requests
        if let owner = pod.ownerUID { Self.release(owner, in: &podsByOwner) }
        for port in pod.hostPorts { Self.release(port, in: &hostPorts) }
    }

    private static func release<Key: Hashable>(_ key: Key, in counts: inout [Key: Int]) {
        let left = counts[key, default: 0] - 1
        counts[key] = left > 0 ? left : nil
    }
}
