import NFTables

/// Where clients connect to: an address of a Service, or a published port of a container.
public struct Frontend: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Who may use an address.
    public enum Reach: Sendable, Hashable {
        /// This host and the cluster's own sandboxes: Services.
        case cluster
        /// Everybody who reaches the address: published ports. Address 0.0.0.0 is every address of the host.
        case everybody
    }

    /// Who may use the address.
    public let reach: Reach
    /// The address clients use.
    public let address: IPv4Address
    /// TCP, UDP or SCTP.
    public let transport: TransportProtocol
    /// The port clients use.
    public let port: UInt16

    /// An address of a Service, or of a published port.
    public init(
        _ address: IPv4Address,
        _ transport: TransportProtocol,
        _ port: UInt16,
        reach: Reach = .cluster
    ) {
        self.reach = reach
        self.address = address
        self.transport = transport
        self.port = port
    }

    /// Orders by address, port and protocol.
    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port, left.transport.rawValue) < (right.address, right.port, right.transport.rawValue)
    }

    /// `address:port/protocol`.
    public var description: String { "\(address):\(port)/\(transport.rawValue)" }
}

/// Where connections go: a port of a pod or container.
public struct Backend: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The pod's address.
    public let address: IPv4Address
    /// The pod's port.
    public let port: UInt16

    /// A port of a pod.
    public init(_ address: IPv4Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Orders by address and port.
    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }

    /// `address:port`.
    public var description: String { "\(address):\(port)" }
}

/// The identity of a Service.
public struct ServiceKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The namespace.
    public let namespace: String
    /// The name in it.
    public let name: String

    /// The Service of this namespace and name.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Orders by namespace and name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }

    /// `namespace/name`.
    public var description: String { "\(namespace)/\(name)" }
}

/// The traffic of one port of a Service: which addresses lead to which pods.
public struct PortTraffic: Hashable, Sendable {
    /// The port's name; may be empty.
    public let name: String
    /// Where clients connect to.
    public let frontends: [Frontend]
    /// Addresses on loopback that are added when the port is free there, for LoadBalancer and NodePort Services.
    public let loopbacks: [Frontend]
    /// Where connections go, in order and each once.
    public let backends: [Backend]
    /// Whether one client always reaches the same pod (sessionAffinity ClientIP).
    public let isSticky: Bool

    /// The traffic of one port.
    public init(
        name: String,
        frontends: [Frontend],
        loopbacks: [Frontend] = [],
        backends: [Backend],
        isSticky: Bool = false
    ) {
        self.name = name
        self.frontends = frontends
        self.loopbacks = loopbacks
        self.backends = Set(backends).sorted()
        self.isSticky = isSticky
    }
}

extension PortTraffic {
    /// The same traffic with those loopback addresses that could be had.
    func with(loopbacks held: Set<Frontend>) -> PortTraffic {
        PortTraffic(
            name: name, frontends: frontends + loopbacks.filter(held.contains), backends: backends, isSticky: isSticky)
    }
}

/// All the traffic of one Service.
public struct ServiceTraffic: Hashable, Sendable {
    /// The Service.
    public let key: ServiceKey
    /// Its ports.
    public let ports: [PortTraffic]

    /// The traffic of one Service.
    public init(key: ServiceKey, ports: [PortTraffic]) {
        self.key = key
        self.ports = ports
    }

    /// How many different pods' ports get traffic.
    public var backendCount: Int { Set(ports.flatMap(\.backends)).count }
}
