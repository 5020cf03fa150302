import Cluster
import Effects

/// What a ReplicaSet needs, from its own facts and the pods of its namespace: a pure function.
struct ReplicaSetPlan: Sendable, Hashable {
    /// The ReplicaSet's part of the question.
    struct Subject: Sendable, Hashable {
        var uid: String
        var replicas: Int
        var selector: LabelSelector
        var templateLabels: [String: String]
        var minReady: Duration = .zero
        var isDeleting = false
    }

    /// Counts of the status (apps/v1 ReplicaSetStatus).
    struct Counts: Sendable, Hashable {
        var replicas = 0
        var fullyLabeled = 0
        var ready = 0
        var available = 0
        var terminating = 0
    }

    /// Orphans to take in.
    private(set) var adopts: [PodFacts] = []
    /// Own pods whose labels no longer match.
    private(set) var releases: [PodFacts] = []
    /// How many pods are missing.
    private(set) var creates = 0
    /// Pods too many, the first to go first.
    private(set) var deletes: [PodFacts] = []
    /// The counts before anything is done.
    private(set) var counts = Counts()
    /// When the next pod becomes available by time alone.
    private(set) var nextAvailable: Timestamp?

    init(_ subject: Subject, pods: [PodFacts], now: Timestamp) {
        var own: [PodFacts] = []
        for pod in pods {
            let matches = subject.selector.matches(pod.labels)
            if pod.controllerUID == subject.uid {
                if matches { own.append(pod) } else if !pod.isDeleting { releases.append(pod) }
            } else if pod.controllerUID == nil, matches, pod.isActive, !subject.isDeleting {
                adopts.append(pod)
                own.append(pod)
            }
        }
        let active = own.filter(\.isActive)
        count(active, subject: subject, now: now)
        counts.terminating = own.count { $0.isDeleting && !$0.isTerminal }
        if subject.isDeleting { return }
        creates = max(0, subject.replicas - active.count)
        deletes = DeletionOrder.victims(max(0, active.count - subject.replicas), of: active, related: active)
    }

    private mutating func count(_ active: [PodFacts], subject: Subject, now: Timestamp) {
        counts.replicas = active.count
        for pod in active {
            if subject.templateLabels.allSatisfy({ pod.labels[$0.key] == $0.value }) { counts.fullyLabeled += 1 }
            guard pod.isReady else { continue }
            counts.ready += 1
            guard let moment = pod.availableAt(minReady: subject.minReady) else { continue }
            if moment <= now { counts.available += 1 } else { nextAvailable = min(nextAvailable ?? moment, moment) }
        }
    }

    /// The sizes of the batches in which `count` pods are created: 1, 2, 4, …, so that what fails fails small.
    static func batches(of count: Int) -> [Int] {
        var sizes: [Int] = []
        var left = count
        var size = 1
        while left > 0 {
            sizes.append(min(size, left))
            left -= size
            size *= 2
        }
        return sizes
    }
}
