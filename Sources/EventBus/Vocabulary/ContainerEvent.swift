/// What happens to containers. Published by Runtime; Node (pod status), the Docker event stream and port
/// publishing listen.
public enum ContainerEvent: Sendable, Hashable {
    /// The container is recorded and its root is there.
    case created(container: String, image: String)
    /// Its first process runs.
    case started(container: String, pid: Int32)
    /// Its first process ended; 128+n after signal n, 255 when the status could not be known.
    case exited(container: String, exitCode: Int32, outOfMemory: Bool)
    /// The restart policy will start it again.
    case restarting(container: String, attempt: Int)
    /// Its processes are frozen.
    case paused(container: String)
    /// Its processes run again.
    case unpaused(container: String)
    /// A signal was sent on request.
    case killed(container: String, signal: Int32)
    /// The kernel killed a process of it for memory.
    case outOfMemory(container: String)
    /// Its health check changed its mind: `starting`, `healthy` or `unhealthy`.
    case healthChanged(container: String, status: String)
    /// It has another name.
    case renamed(container: String, name: String)
    /// Its limits changed.
    case updated(container: String)
    /// A process was started beside the first one.
    case execStarted(container: String, exec: String)
    /// Such a process ended.
    case execExited(container: String, exec: String, exitCode: Int32)
    /// Record, root and logs are gone.
    case removed(container: String)

    var details: EventDetails {
        switch self {
        case .created(let container, let image): named("created", container, ["image": image])
        case .started(let container, let pid): named("started", container, ["pid": String(pid)])
        case .exited(let container, let exitCode, let outOfMemory):
            named("exited", container, ["exitCode": String(exitCode), "outOfMemory": String(outOfMemory)])
        case .restarting(let container, let attempt): named("restarting", container, ["attempt": String(attempt)])
        case .paused(let container): named("paused", container)
        case .unpaused(let container): named("unpaused", container)
        case .killed(let container, let signal): named("killed", container, ["signal": String(signal)])
        case .outOfMemory(let container): named("outOfMemory", container)
        case .healthChanged(let container, let status): named("healthChanged", container, ["status": status])
        case .renamed(let container, let name): named("renamed", container, ["name": name])
        case .updated(let container): named("updated", container)
        case .execStarted(let container, let exec): named("execStarted", container, ["exec": exec])
        case .execExited(let container, let exec, let exitCode):
            named("execExited", container, ["exec": exec, "exitCode": String(exitCode)])
        case .removed(let container): named("removed", container)
        }
    }

    private func named(
        _ name: String,
        _ container: String,
        _ others: KeyValuePairs<String, String> = [:]
    ) -> EventDetails {
        EventDetails(name, first: ("container", container), others)
    }
}

extension EventDetails {
    init(_ name: String, first: (String, String), _ others: KeyValuePairs<String, String>) {
        self.name = name
        self.attributes = [(name: first.0, value: first.1)] + others.map { (name: $0.key, value: $0.value) }
    }
}
