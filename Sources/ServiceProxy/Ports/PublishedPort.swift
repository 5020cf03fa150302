import NFTables

/// A wish to publish one port of a container.
public struct PortWish: Sendable, Hashable {
    /// The address of the host to listen on; 0.0.0.0 is all of them.
    public var hostAddress: IPv4Address
    /// The ports of the host that will do, in order of liking; empty means any free one.
    public var hostPorts: [UInt16]
    /// TCP or UDP.
    public var transport: TransportProtocol
    /// The port inside the container.
    public var containerPort: UInt16

    /// A wish; loopback unless said otherwise.
    public init(
        hostAddress: IPv4Address = .loopback,
        hostPorts: [UInt16],
        transport: TransportProtocol = .tcp,
        containerPort: UInt16
    ) {
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
        self.transport = transport
        self.containerPort = containerPort
    }
}

/// A port of the host that is a container's.
public struct PublishedPort: Sendable, Hashable {
    /// The container's id.
    public let container: String
    /// The address of the host.
    public let hostAddress: IPv4Address
    /// The port of the host.
    public let hostPort: UInt16
    /// TCP or UDP.
    public let transport: TransportProtocol
    /// The port inside the container.
    public let containerPort: UInt16

    /// A published port.
    public init(
        container: String,
        hostAddress: IPv4Address,
        hostPort: UInt16,
        transport: TransportProtocol,
        containerPort: UInt16
    ) {
        self.container = container
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.transport = transport
        self.containerPort = containerPort
    }

    var frontend: Frontend { Frontend(hostAddress, transport, hostPort, reach: .everybody) }
}

extension ServiceKey {
    /// The key under which a container's ports stand among the Services: no namespace has an empty name.
    static func container(_ id: String) -> ServiceKey { ServiceKey(namespace: "", name: id) }
}

extension ServiceTraffic {
    /// The traffic of a container's published ports.
    init(container: String, ports: [PublishedPort], target: IPv4Address) {
        self.init(
            key: .container(container),
            ports: ports.map {
                PortTraffic(name: "", frontends: [$0.frontend], backends: [Backend(target, $0.containerPort)])
            }
        )
    }
}
