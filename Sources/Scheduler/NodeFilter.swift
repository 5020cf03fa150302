/// The yes-or-no questions asked of one node, cheapest first.
struct NodeFilter: Sendable {
    let pod: PodRequirements
    let topology: TopologyView?

    /// Every reason that speaks against the node at the first question that fails; empty when it may take the pod.
    ///
    /// Resources answer with each one that is short, the other questions with one reason, as kube-scheduler does.
    func refusals(of node: NodeState) -> [Refusal] {
        if node.isUnschedulable, !toleratesCordon { return [.unschedulable] }
        if let refusal = taintRefusal(of: node) { return [refusal] }
        if let refusal = Self.affinityRefusal(of: node, for: pod) { return [refusal] }
        if let refusal = portRefusal(of: node) { return [refusal] }
        let shortages = shortages(of: node)
        if !shortages.isEmpty { return shortages }
        return (topology?.refusal(of: node)).map { [$0] } ?? []
    }

    /// Why the node's labels and name do not suit `pod`.
    static func affinityRefusal(of node: NodeState, for pod: PodRequirements) -> Refusal? {
        for (key, value) in pod.nodeSelector where node.labels[key] != value { return .nodeAffinity }
        guard let terms = pod.requiredNodeTerms else { return nil }
        return terms.contains { $0.matches(name: node.name, labels: node.labels) } ? nil : .nodeAffinity
    }

    /// Daemon-like pods tolerate the taint that stands for the cordon (well-known taints).
    private var toleratesCordon: Bool {
        let cordon = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)
        return pod.tolerations.contains { $0.covers(cordon) }
    }

    private func taintRefusal(of node: NodeState) -> Refusal? {
        for taint in node.taints where taint.effect != .preferNoSchedule {
            if !pod.tolerations.contains(where: { $0.covers(taint) }) { return .taint(taint) }
        }
        return nil
    }

    private func portRefusal(of node: NodeState) -> Refusal? {
        guard !pod.hostPorts.isEmpty else { return nil }
        for wanted in pod.hostPorts where node.hostPorts.keys.contains(where: wanted.conflicts) { return .hostPorts }
        return nil
    }

    private func shortages(of node: NodeState) -> [Refusal] {
        var found: [Refusal] = []
        if node.pods.count + 1 > node.podLimit { found.append(.tooManyPods) }
        let asked = pod.requests
        let offer = node.allocatable
        let taken = node.requested
        // A pod that asks nothing of a resource fits even where that resource is overdrawn.
        if asked.milliCPU > 0, asked.milliCPU > offer.milliCPU - taken.milliCPU { found.append(.insufficient("cpu")) }
        if asked.memoryBytes > 0, asked.memoryBytes > offer.memoryBytes - taken.memoryBytes {
            found.append(.insufficient("memory"))
        }
        if asked.ephemeralStorageBytes > 0,
            asked.ephemeralStorageBytes > offer.ephemeralStorageBytes - taken.ephemeralStorageBytes
        {
            found.append(.insufficient("ephemeral-storage"))
        }
        for (name, amount) in asked.extended where amount > 0 {
            if amount > offer.extended[name, default: 0] - taken.extended[name, default: 0] {
                found.append(.insufficient(name))
            }
        }
        return found
    }
}
