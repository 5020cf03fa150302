import Cluster

/// What one pod's affinity and spread terms see of the whole snapshot, counted once before nodes are asked.
///
/// Costs one walk over all placed pods, so it is made only for pods that have such terms or when placed pods
/// refuse company.
struct TopologyView: Sendable {
    /// A value of a topology label: what makes one domain.
    private struct Domain: Hashable {
        var key: String
        var value: String
    }

    /// Per term, how many pods it selects in each domain.
    private var required: [[String: Int]] = []
    private var refused: [[String: Int]] = []
    private var preferred: [[String: Int]] = []
    private var disliked: [[String: Int]] = []
    private var spread: [[String: Int]] = []
    /// Domains where a placed pod refuses this one.
    private var closed: Set<Domain> = []
    private let pod: PodRequirements

    /// Whether `pod` needs such a view at all.
    static func isNeeded(for pod: PodRequirements, in snapshot: SchedulingSnapshot) -> Bool {
        snapshot.refusingPodCount > 0 || !pod.requiredAffinity.isEmpty || !pod.requiredAntiAffinity.isEmpty
            || !pod.preferredAffinity.isEmpty || !pod.preferredAntiAffinity.isEmpty || !pod.spreadConstraints.isEmpty
    }

    init(for pod: PodRequirements, in snapshot: SchedulingSnapshot) {
        self.pod = pod
        required = pod.requiredAffinity.map { Self.count($0, in: snapshot) }
        refused = pod.requiredAntiAffinity.map { Self.count($0, in: snapshot) }
        preferred = pod.preferredAffinity.map { Self.count($0.wish, in: snapshot) }
        disliked = pod.preferredAntiAffinity.map { Self.count($0.wish, in: snapshot) }
        spread = pod.spreadConstraints.map { constraint in
            let term = PodAffinityTerm(
                selector: constraint.selector, namespaces: [pod.namespace], topologyKey: constraint.topologyKey)
            // A domain without any such pod counts as zero, so each eligible domain is listed.
            var counts = Self.count(term, in: snapshot)
            for node in snapshot.nodes where NodeFilter.affinityRefusal(of: node, for: pod) == nil {
                if let value = node.labels[constraint.topologyKey] { counts[value, default: 0] += 0 }
            }
            return counts
        }
        if snapshot.refusingPodCount > 0 { closed = Self.domainsClosed(to: pod, in: snapshot) }
    }

    /// Why the node's domains do not suit the pod; nil when they do.
    func refusal(of node: NodeState) -> Refusal? {
        for (term, counts) in zip(pod.requiredAffinity, required) {
            guard let domain = node.labels[term.topologyKey] else { return .podAffinity }
            if counts[domain, default: 0] > 0 { continue }
            // The first of a group that asks for its own company may go anywhere (as in kube-scheduler).
            let isFirstOfItsKind = counts.isEmpty && term.selects(namespace: pod.namespace, labels: pod.labels)
            if !isFirstOfItsKind { return .podAffinity }
        }
        for (term, counts) in zip(pod.requiredAntiAffinity, refused) {
            if let domain = node.labels[term.topologyKey], counts[domain, default: 0] > 0 { return .podAntiAffinity }
        }
        let isClosed = closed.contains { node.labels[$0.key] == $0.value }
        return isClosed ? .existingAntiAffinity : spreadRefusal(of: node)
    }

    private func spreadRefusal(of node: NodeState) -> Refusal? {
        for (constraint, counts) in zip(pod.spreadConstraints, spread) where constraint.isRequired {
            guard let domain = node.labels[constraint.topologyKey] else { return .topologyLabelMissing }
            let countsItself = constraint.selector?.matches(pod.labels) ?? false
            let fewest = counts.values.min() ?? 0
            if counts[domain, default: 0] + (countsItself ? 1 : 0) - fewest > constraint.maxSkew {
                return .topologySpread
            }
        }
        return nil
    }

    /// The weighted sum of preferences the node's domains meet; higher is better, may be negative.
    func preference(for node: NodeState) -> Int {
        var sum = 0
        for (wish, counts) in zip(pod.preferredAffinity, preferred) {
            if let domain = node.labels[wish.wish.topologyKey] { sum += wish.weight * counts[domain, default: 0] }
        }
        for (wish, counts) in zip(pod.preferredAntiAffinity, disliked) {
            if let domain = node.labels[wish.wish.topologyKey] { sum -= wish.weight * counts[domain, default: 0] }
        }
        for (constraint, counts) in zip(pod.spreadConstraints, spread) where !constraint.isRequired {
            if let domain = node.labels[constraint.topologyKey] { sum -= counts[domain, default: 0] }
        }
        return sum
    }

    private static func count(_ term: PodAffinityTerm, in snapshot: SchedulingSnapshot) -> [String: Int] {
        var counts: [String: Int] = [:]
        for node in snapshot.nodes {
            guard let domain = node.labels[term.topologyKey] else { continue }
            for placed in node.pods.values where term.selects(namespace: placed.namespace, labels: placed.labels) {
                counts[domain, default: 0] += 1
            }
        }
        return counts
    }

    private static func domainsClosed(to pod: PodRequirements, in snapshot: SchedulingSnapshot) -> Set<Domain> {
        var closed: Set<Domain> = []
        for node in snapshot.nodes {
            for placed in node.pods.values {
                for term in placed.requiredAntiAffinity where term.selects(namespace: pod.namespace, labels: pod.labels)
                {
                    guard let value = node.labels[term.topologyKey] else { continue }
                    closed.insert(Domain(key: term.topologyKey, value: value))
                }
            }
        }
        return closed
    }
}
