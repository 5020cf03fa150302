import NFTables

/// Where the names of Services go; Platform plugs the DNS server's table.
public protocol ServiceNameSink: Sendable {
    /// Replaces all names of one Service; nil removes them. Must not block.
    func replace(_ service: ServiceKey, with name: ServiceName?)
    /// The Services that have names, so that a fresh start can remove the ones that are gone.
    var services: Set<ServiceKey> { get }
}

/// What a Service's name leads to.
public enum ServiceName: Hashable, Sendable {
    /// A port with a name.
    public struct Port: Hashable, Sendable {
        /// The port's name; may be empty.
        public let name: String
        /// The protocol.
        public let transport: TransportProtocol
        /// The number.
        public let number: UInt16
    }

    /// One address behind a headless Service.
    public struct Endpoint: Hashable, Sendable {
        /// The address.
        public let address: IPv4Address
        /// The pod's host name when it has one of its own.
        public let hostname: String?
        /// The ports.
        public let ports: [Port]
    }

    /// One address for all endpoints.
    case clusterAddress(IPv4Address, ports: [Port])
    /// The endpoints themselves.
    case headless([Endpoint])
    /// Another name.
    case external(String)
}
