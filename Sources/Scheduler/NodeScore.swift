/// How well a node that may take a pod suits it. Each part runs from 0 to 100, the whole is their weighted sum.
struct NodeScore: Sendable {
    /// What a pod without requests is taken to use, so that such pods spread too (kube-scheduler's figures).
    static let assumedMilliCPU: Int64 = 100
    /// Likewise for memory, in bytes.
    static let assumedMemoryBytes: Int64 = 200 << 20

    private static let resourceWeight = 1
    private static let balanceWeight = 1
    private static let replicaWeight = 2
    private static let nodePreferenceWeight = 2
    private static let taintWeight = 3
    private static let companyWeight = 2

    let pod: PodRequirements
    let topology: TopologyView?

    /// The scores of `candidates`, in their order.
    func scores(of candidates: [NodeState]) -> [Int] {
        let nodeWishes = Self.normalised(candidates.map(nodePreference))
        let company = Self.normalised(candidates.map { topology?.preference(for: $0) ?? 0 })
        let taints = Self.normalised(candidates.map { -softTaintCount(of: $0) })
        let replicas = Self.normalised(candidates.map { -replicaCount(on: $0) })
        return candidates.indices.map { index in
            let use = utilisation(of: candidates[index])
            return Self.resourceWeight * Self.leastAllocated(use) + Self.balanceWeight * Self.balance(use)
                + Self.nodePreferenceWeight * nodeWishes[index] + Self.companyWeight * company[index]
                + Self.taintWeight * taints[index] + Self.replicaWeight * replicas[index]
        }
    }

    /// Shares of CPU and memory in use with the pod placed, in thousandths, at most 1000.
    private func utilisation(of node: NodeState) -> (cpu: Int, memory: Int) {
        let cpu = node.requested.milliCPU + max(pod.requests.milliCPU, Self.assumedMilliCPU)
        let memory = node.requested.memoryBytes + max(pod.requests.memoryBytes, Self.assumedMemoryBytes)
        return (
            Self.share(cpu, of: node.allocatable.milliCPU), Self.share(memory, of: node.allocatable.memoryBytes)
        )
    }

    private static func share(_ used: Int64, of whole: Int64) -> Int {
        guard whole > 0, used < whole else { return 1000 }
        return Int(Double(used) / Double(whole) * 1000)
    }

    private static func leastAllocated(_ use: (cpu: Int, memory: Int)) -> Int {
        (2000 - use.cpu - use.memory) / 20
    }

    private static func balance(_ use: (cpu: Int, memory: Int)) -> Int {
        100 - abs(use.cpu - use.memory) / 20
    }

    private func nodePreference(of node: NodeState) -> Int {
        pod.preferredNodeTerms.reduce(0) { sum, wish in
            sum + (wish.wish.matches(name: node.name, labels: node.labels) ? wish.weight : 0)
        }
    }

    private func softTaintCount(of node: NodeState) -> Int {
        var count = 0
        for taint in node.taints where taint.effect == .preferNoSchedule {
            if !pod.tolerations.contains(where: { $0.covers(taint) }) { count += 1 }
        }
        return count
    }

    private func replicaCount(on node: NodeState) -> Int {
        pod.ownerUID.map { node.podsByOwner[$0, default: 0] } ?? 0
    }

    /// Stretches values to 0…100; equal values all become 0, because they decide nothing.
    private static func normalised(_ values: [Int]) -> [Int] {
        guard let low = values.min(), let high = values.max(), low < high else {
            return [Int](repeating: 0, count: values.count)
        }
        return values.map { ($0 - low) * 100 / (high - low) }
    }
}
