/// Ports of the host. Published by ServiceProxy; `run -d` waits for them.
public enum PortEvent: Sendable, Hashable {
    /// Connections to the host port reach the container.
    case published(container: String, hostAddress: String, hostPort: UInt16, containerPort: UInt16, protocol: String)
    /// The host port is free again.
    case released(container: String, hostAddress: String, hostPort: UInt16, protocol: String)

    var details: EventDetails {
        switch self {
        case .published(let container, let hostAddress, let hostPort, let containerPort, let transport):
            EventDetails(
                "published",
                [
                    "container": container, "host": "\(hostAddress):\(hostPort)/\(transport)",
                    "containerPort": String(containerPort),
                ]
            )
        case .released(let container, let hostAddress, let hostPort, let transport):
            EventDetails("released", ["container": container, "host": "\(hostAddress):\(hostPort)/\(transport)"])
        }
    }
}
