/// How a pod of this node moves on. Published by Node; `skiff why` shows them between commits.
public enum PodEvent: Sendable, Hashable {
    /// Namespaces and address are there.
    case sandboxReady(uid: String, address: String)
    /// The pod's images are in the store.
    case imagesReady(uid: String)
    /// A container's probe changed its verdict: `probe` is startup, readiness or liveness.
    case probed(uid: String, container: String, probe: String, succeeded: Bool)
    /// All readiness conditions hold.
    case ready(uid: String)
    /// Some readiness condition does not hold any more.
    case notReady(uid: String)
    /// Termination began: endpoints are going, then SIGTERM.
    case terminating(uid: String)
    /// Nothing of it is left on this node.
    case gone(uid: String)

    var details: EventDetails {
        switch self {
        case .sandboxReady(let uid, let address): EventDetails("sandboxReady", ["uid": uid, "address": address])
        case .imagesReady(let uid): EventDetails("imagesReady", ["uid": uid])
        case .probed(let uid, let container, let probe, let succeeded):
            EventDetails(
                "probed",
                ["uid": uid, "container": container, "probe": probe, "succeeded": String(succeeded)]
            )
        case .ready(let uid): EventDetails("ready", ["uid": uid])
        case .notReady(let uid): EventDetails("notReady", ["uid": uid])
        case .terminating(let uid): EventDetails("terminating", ["uid": uid])
        case .gone(let uid): EventDetails("gone", ["uid": uid])
        }
    }
}
