import Cluster

/// Which pods go first when there are too many: those whose loss is felt least (ReplicaSet's documented order).
enum DeletionOrder {
    /// The `count` pods to delete. `related` are all pods that share the owner, by which doubling up on a node counts.
    static func victims(_ count: Int, of pods: [PodFacts], related: [PodFacts]) -> [PodFacts] {
        if count >= pods.count { return pods }
        var perNode: [String: Int] = [:]
        for pod in related where pod.isActive && !pod.node.isEmpty { perNode[pod.node, default: 0] += 1 }
        return Array(pods.sorted { goesBefore($0, $1, perNode: perNode) }.prefix(max(0, count)))
    }

    private static func goesBefore(_ left: PodFacts, _ right: PodFacts, perNode: [String: Int]) -> Bool {
        if left.node.isEmpty != right.node.isEmpty { return left.node.isEmpty }
        if rank(left.phase) != rank(right.phase) { return rank(left.phase) < rank(right.phase) }
        if left.isReady != right.isReady { return !left.isReady }
        if left.deletionCost != right.deletionCost { return left.deletionCost < right.deletionCost }
        let company = (perNode[left.node] ?? 0, perNode[right.node] ?? 0)
        if company.0 != company.1 { return company.0 > company.1 }
        // Among ready pods the one that became ready last has the least to lose.
        if left.isReady, right.isReady, let since = left.readySince, let other = right.readySince, since != other {
            return since > other
        }
        if left.restarts != right.restarts { return left.restarts > right.restarts }
        if left.createdAt != right.createdAt { return left.createdAt > right.createdAt }
        return left.key.name < right.key.name
    }

    private static func rank(_ phase: String) -> Int {
        switch phase {
        case "Pending": 0
        case "Unknown": 1
        default: 2
        }
    }
}
