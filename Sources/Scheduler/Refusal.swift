/// Why one node cannot take a pod. The phrases are those of kube-scheduler, because people and tools know them.
public enum Refusal: Sendable, Hashable {
    /// The node was cordoned.
    case unschedulable
    /// A taint is not tolerated.
    case taint(Taint)
    /// `nodeSelector` or required node affinity does not match.
    case nodeAffinity
    /// A host port is taken.
    case hostPorts
    /// The node holds as many pods as it may.
    case tooManyPods
    /// Too little is left of the named resource.
    case insufficient(String)
    /// The company asked for is not in the node's domain.
    case podAffinity
    /// The company refused is in the node's domain.
    case podAntiAffinity
    /// A pod in the node's domain refuses this one.
    case existingAntiAffinity
    /// The spread would become too uneven.
    case topologySpread
    /// The node lacks the label that a spread constraint counts by.
    case topologyLabelMissing

    /// The phrase counted in a FailedScheduling message.
    public var phrase: String {
        switch self {
        case .unschedulable: "node(s) were unschedulable"
        case .taint(let taint): "node(s) had untolerated taint \(taint.phrase)"
        case .nodeAffinity: "node(s) didn't match Pod's node affinity/selector"
        case .hostPorts: "node(s) didn't have free ports for the requested pod ports"
        case .tooManyPods: "Too many pods"
        case .insufficient(let resource): "Insufficient \(resource)"
        case .podAffinity: "node(s) didn't match pod affinity rules"
        case .podAntiAffinity: "node(s) didn't match pod anti-affinity rules"
        case .existingAntiAffinity: "node(s) didn't satisfy existing pods anti-affinity rules"
        case .topologySpread: "node(s) didn't match pod topology spread constraints"
        case .topologyLabelMissing: "node(s) didn't match pod topology spread constraints (missing required label)"
        }
    }
}

/// Why no node can take a pod: how many nodes there are and how often each refusal was met.
public struct Unschedulable: Sendable, Hashable {
    /// How many nodes were asked.
    public var nodeCount: Int
    /// How many nodes gave each refusal; one node may give several.
    public var refusals: [Refusal: Int]

    /// A verdict over `nodeCount` nodes.
    public init(nodeCount: Int, refusals: [Refusal: Int]) {
        self.nodeCount = nodeCount
        self.refusals = refusals
    }

    /// The message of the condition and the event, such as `0/1 nodes are available: 1 Insufficient cpu.`
    public var message: String {
        guard nodeCount > 0 else { return "no nodes available to schedule pods" }
        let parts = refusals.map { "\($0.value) \($0.key.phrase)" }.sorted()
        return "0/\(nodeCount) nodes are available: \(parts.joined(separator: ", "))."
    }
}
