/// Where one pod goes.
public enum SchedulingDecision: Sendable, Hashable {
    /// Onto the named node.
    case bind(node: String)
    /// Nowhere for now.
    case unschedulable(Unschedulable)
}

/// Decides where pods go: a pure function of pod, snapshot and seed.
///
/// In a large cluster it stops looking once enough nodes can take the pod, and starts the next search where the
/// last one ended, so that all nodes get their turn.
public struct SchedulingPolicy: Sendable {
    /// Nodes that must be able to take the pod before the search may stop.
    public static let enoughCandidates = 64

    private let seed: UInt64
    private var cursor = 0

    /// A policy whose ties are broken by `seed`.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Decides for `pod`; mutates only the place where the next search begins.
    public mutating func decide(_ pod: PodRequirements, in snapshot: SchedulingSnapshot) -> SchedulingDecision {
        let count = snapshot.nodes.count
        let topology = TopologyView.isNeeded(for: pod, in: snapshot) ? TopologyView(for: pod, in: snapshot) : nil
        let filter = NodeFilter(pod: pod, topology: topology)
        var candidates: [NodeState] = []
        var refusals: [Refusal: Int] = [:]
        var asked = 0
        while asked < count, candidates.count < Self.enoughCandidates {
            let node = snapshot.nodes[(cursor + asked) % count]
            asked += 1
            let against = filter.refusals(of: node)
            if against.isEmpty {
                candidates.append(node)
            } else {
                for refusal in against { refusals[refusal, default: 0] += 1 }
            }
        }
        cursor = count == 0 ? 0 : (cursor + asked) % count
        guard let best = best(of: candidates, for: pod, topology: topology) else {
            return .unschedulable(Unschedulable(nodeCount: count, refusals: refusals))
        }
        return .bind(node: best)
    }

    private func best(of candidates: [NodeState], for pod: PodRequirements, topology: TopologyView?) -> String? {
        if candidates.count <= 1 { return candidates.first?.name }
        let scores = NodeScore(pod: pod, topology: topology).scores(of: candidates)
        var best = 0
        for index in candidates.indices.dropFirst() {
            if scores[index] < scores[best] { continue }
            let wins =
                scores[index] > scores[best]
                || lot(of: candidates[index].name, for: pod.uid) > lot(of: candidates[best].name, for: pod.uid)
            if wins { best = index }
        }
        return candidates[best].name
    }

    /// A number drawn from seed, pod and node: the same on every run, unrelated between pods (FNV-1a).
    private func lot(of node: String, for pod: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in pod.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in node.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
