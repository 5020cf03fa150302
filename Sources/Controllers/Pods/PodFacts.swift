import Cluster
import Document
import Effects

/// What controllers decide by about one pod.
struct PodFacts: Sendable, Hashable {
    var key: ObjectKey
    var uid: String
    var labels: [String: String] = [:]
    var controllerUID: String?
    /// Empty while unscheduled.
    var node = ""
    var phase = "Pending"
    var isReady = false
    /// When it became ready.
    var readySince: Timestamp?
    var createdAt = Timestamp.epoch
    var restarts = 0
    /// `controller.kubernetes.io/pod-deletion-cost`.
    var deletionCost = 0
    var isDeleting = false

    init(key: ObjectKey, uid: String) {
        self.key = key
        self.uid = uid
    }

    init(_ pod: StoredObject) {
        key = pod.key
        uid = pod.uid
        labels = pod.labels
        controllerUID = pod.controller?.uid
        node = pod.value.text("spec", "nodeName")
        phase = pod.value.text("status", "phase")
        let ready = pod.value.condition("Ready")
        isReady = ready?.text("status") == "True"
        readySince = ready?["lastTransitionTime"]?.timestampValue
        createdAt = pod.value["metadata", "creationTimestamp"]?.timestampValue ?? .epoch
        restarts =
            pod.value.items("status", "containerStatuses").map { Int($0["restartCount"]?.intValue ?? 0) }.max() ?? 0
        let cost = pod.value["metadata", "annotations"]?["controller.kubernetes.io/pod-deletion-cost"]?.stringValue
        deletionCost = cost.flatMap { Int($0) } ?? 0
        isDeleting = pod.isDeleting
    }

    /// Whether it is over.
    var isTerminal: Bool { phase == "Succeeded" || phase == "Failed" }

    /// Whether it counts as a replica: neither over nor on its way out.
    var isActive: Bool { !isTerminal && !isDeleting }

    /// When it counts as available, having been ready for `minReady`; nil while it is not ready.
    func availableAt(minReady: Duration) -> Timestamp? {
        guard isReady else { return nil }
        return minReady == .zero ? .epoch : readySince.map { $0 + minReady }
    }
}
