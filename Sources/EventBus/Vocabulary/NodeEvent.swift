/// The node's own state. Published by Node; Scheduler listens.
public enum NodeEvent: Sendable, Hashable {
    /// Pods can be started.
    case ready(name: String)
    /// Pods can't be started now.
    case notReady(name: String)

    var details: EventDetails {
        switch self {
        case .ready(let name): EventDetails("ready", ["name": name])
        case .notReady(let name): EventDetails("notReady", ["name": name])
        }
    }
}
