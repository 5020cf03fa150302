/// The nodes and what runs on them, kept up to date change by change, so that deciding reads no store.
///
/// A value: the acting scheduler owns one, tests and simulations make their own.
public struct SchedulingSnapshot: Sendable {
    /// The nodes in the order they came; positions change only when a node goes.
    public private(set) var nodes: [NodeState] = []
    private var positions: [String: Int] = [:]
    private var homes: [String: String] = [:]
    /// Pods bound to nodes not known (yet), by node name and uid.
    private var strays: [String: [String: PodRequirements]] = [:]
    /// How many placed pods refuse others; affinity of existing pods is looked at only when there are some.
    private(set) var refusingPodCount = 0

    /// A snapshot without nodes.
    public init() {}

    /// The node called `name`.
    public func node(named name: String) -> NodeState? {
        positions[name].map { nodes[$0] }
    }

    /// The name of the node on which the pod is accounted for.
    public func home(ofPod uid: String) -> String? { homes[uid] }

    /// Adds a node, or takes over its changed offer and keeps its pods.
    ///
    /// Returns whether anything changed that could let a waiting pod in.
    @discardableResult
    public mutating func upsert(_ node: NodeState) -> Bool {
        if let position = positions[node.name] {
            let old = nodes[position]
            nodes[position].adopt(offer: node)
            return old.labels != node.labels || old.taints != node.taints
                || old.isUnschedulable != node.isUnschedulable || old.allocatable != node.allocatable
                || old.podLimit != node.podLimit
        }
        positions[node.name] = nodes.count
        nodes.append(node)
        for pod in (strays.removeValue(forKey: node.name) ?? [:]).values {
            nodes[nodes.count - 1].place(pod)
        }
        return true
    }

    /// Forgets a node; its pods are kept as strays, because their objects still name it.
    public mutating func removeNode(named name: String) {
        guard let position = positions.removeValue(forKey: name) else { return }
        let gone = nodes[position]
        if !gone.pods.isEmpty { strays[name] = gone.pods }
        let last = nodes.removeLast()
        if position < nodes.count {
            nodes[position] = last
            positions[last.name] = position
        }
    }

    /// Accounts for a pod on the node called `name`, moving it when it was elsewhere.
    public mutating func place(_ pod: PodRequirements, onNode name: String) {
        remove(podUID: pod.uid)
        homes[pod.uid] = name
        if !pod.requiredAntiAffinity.isEmpty { refusingPodCount += 1 }
        if let position = positions[name] {
            nodes[position].place(pod)
        } else {
            strays[name, default: [:]][pod.uid] = pod
        }
    }

    /// Gives back what a pod took; returns whether it was accounted for.
    @discardableResult
    public mutating func remove(podUID uid: String) -> Bool {
        guard let name = homes.removeValue(forKey: uid) else { return false }
        let pod: PodRequirements?
        if let position = positions[name] {
            pod = nodes[position].pods[uid]
            nodes[position].remove(uid: uid)
        } else {
            pod = strays[name]?.removeValue(forKey: uid)
        }
        if let pod, !pod.requiredAntiAffinity.isEmpty { refusingPodCount -= 1 }
        return true
    }
}
