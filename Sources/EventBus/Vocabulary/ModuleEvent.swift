/// Life of the platform's modules. Published by Platform; `skiff up` and `skiff status` show them.
public enum ModuleEvent: Sendable, Hashable {
    /// The module does its work; how long its start took.
    case started(module: Module, nanoseconds: Int64)
    /// The module ended or could not start, and with it the daemon.
    case failed(module: Module)
    /// The module was asked to end and did.
    case stopped(module: Module)

    var details: EventDetails {
        switch self {
        case .started(_, let nanoseconds): EventDetails("started", ["nanoseconds": String(nanoseconds)])
        case .failed: EventDetails("failed")
        case .stopped: EventDetails("stopped")
        }
    }
}
