import NFTables

/// Where clients connect to: an address of a Service on this host.
public struct Frontend: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The address clients use.
    public let address: IPv4Address
    /// TCP, UDP or SCTP.
    public let transport: TransportProtocol
    /// The port clients use.
    public let port: UInt16

    /// An address of a Service.
    public init(_ address: IPv4Address, _ transport: TransportProtocol, _ port: UInt16) {
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
    /// The loopback address that is added when the port is free there, for LoadBalancer and NodePort Services.
    public let loopback: Frontend?
    /// Where connections go, in order and each once.
    public let backends: [Backend]
    /// Whether one client always reaches the same pod (sessionAffinity ClientIP).
    public let isSticky: Bool

    /// The traffic of one port.
    public init(
        name: String,
        frontends: [Frontend],
        loopback: Frontend? = nil,
        backends: [Backend],
        isSticky: Bool = false
    ) {
        self.name = name
        self.frontends = frontends
        self.loopback = loopback
        self.backends = Set(backends).sorted()
        self.isSticky = isSticky
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
