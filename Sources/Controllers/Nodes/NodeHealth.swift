import Effects

/// Whether a node is alive, by its lease: a pure function.
struct NodeHealth: Sendable, Hashable {
    /// Taint of a node that says it is not ready.
    static let notReadyTaint = "node.kubernetes.io/not-ready"
    /// Taint of a node that is not heard of.
    static let unreachableTaint = "node.kubernetes.io/unreachable"

    /// Whether the lease has run out, so that conditions become Unknown.
    let isLost: Bool
    /// The key of the taint the node is to carry, NoSchedule and NoExecute.
    let taint: String?
    /// When to look again, unless something changes before.
    let nextLook: Duration?

    /// Judges a node. `lastSign` is the lease's last renewal, or when watching began if that is later.
    init(readyStatus: String?, lastSign: Timestamp, lease: Duration, now: Timestamp) {
        let left = lastSign + lease - now
        isLost = left <= .zero
        nextLook = isLost ? nil : left + .seconds(1)
        if isLost || readyStatus == "Unknown" {
            taint = Self.unreachableTaint
        } else {
            taint = readyStatus == "True" ? nil : Self.notReadyTaint
        }
    }
}
