import NFTables

/// What DNS needs to know of a Service (Kubernetes DNS-Based Service Discovery 1.1.0).
public struct ServiceNames: Hashable, Sendable {
    /// A named port.
    public struct Port: Hashable, Sendable {
        /// The port's name; nameless ports have no SRV record.
        public let name: String
        /// `tcp`, `udp` or `sctp`.
        public let transport: TransportProtocol
        /// The number.
        public let number: UInt16

        /// A port of a Service.
        public init(name: String, transport: TransportProtocol, number: UInt16) {
            self.name = name
            self.transport = transport
            self.number = number
        }
    }

    /// One address behind a headless Service.
    public struct Endpoint: Hashable, Sendable {
        /// The pod's address.
        public let address: IPv4Address
        /// The pod's host name, when it has one of its own.
        public let hostname: String?
        /// The ports of this endpoint.
        public let ports: [Port]

        /// An endpoint of a headless Service.
        public init(address: IPv4Address, hostname: String?, ports: [Port]) {
            self.address = address
            self.hostname = hostname
            self.ports = ports
        }
    }

    /// What the name leads to.
    public enum Kind: Hashable, Sendable {
        /// One address for all endpoints.
        case clusterAddress(IPv4Address, ports: [Port])
        /// The endpoints themselves.
        case headless([Endpoint])
        /// Another name.
        case external(DNSName)
    }

    /// The namespace.
    public let namespace: String
    /// The Service's name.
    public let name: String
    /// What the name leads to.
    public let kind: Kind

    /// The names of one Service.
    public init(namespace: String, name: String, kind: Kind) {
        self.namespace = namespace
        self.name = name
        self.kind = kind
    }

    /// The owner under which the records stand in the table.
    public var owner: String { "\(namespace)/\(name)" }

    /// All the records of the Service; empty when its name is too long to be a domain name.
    public func entries(zone: DNSName) -> [NameEntry] {
        guard let base = DNSName("\(name).\(namespace).svc.\(zone.text)") else { return [] }
        switch kind {
        case .external(let target): return [NameEntry(base, [.alias(target)])]
        case .clusterAddress(let address, let ports):
            var entries = [NameEntry(base, [.address(address)])]
            for port in ports where !port.name.isEmpty {
                entries += Self.service(port, below: base, target: base)
            }
            entries.append(NameEntry(.reverse(of: address.octets), [.pointer(base)]))
            return entries
        case .headless(let endpoints): return Self.headless(endpoints, base: base)
        }
    }

    private static func service(_ port: Port, below base: DNSName, target: DNSName) -> [NameEntry] {
        guard let name = DNSName("_\(port.name)._\(port.transport.rawValue).\(base.text)") else { return [] }
        return [NameEntry(name, [.service(weight: 100, port: port.number, target: target)])]
    }

    private static func headless(_ endpoints: [Endpoint], base: DNSName) -> [NameEntry] {
        var entries = [NameEntry(base, Set(endpoints.map(\.address)).sorted().map(DNSRecord.address))]
        var seen: Set<DNSName> = []
        for endpoint in endpoints {
            let dashed = endpoint.address.octets.map(String.init).joined(separator: "-")
            guard let own = DNSName("\(endpoint.hostname ?? dashed).\(base.text)") else { continue }
            if seen.insert(own).inserted || endpoint.hostname != nil {
                entries.append(NameEntry(own, [.address(endpoint.address)]))
                entries.append(NameEntry(.reverse(of: endpoint.address.octets), [.pointer(own)]))
            }
            for port in endpoint.ports where !port.name.isEmpty { entries += service(port, below: base, target: own) }
        }
        return entries
    }
}
