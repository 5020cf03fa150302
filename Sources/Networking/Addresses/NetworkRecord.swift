import NFTables

/// How endpoints of a network reach each other.
public enum NetworkMode: String, Sendable, Hashable {
    /// Every packet goes through the host's routing, where Services are translated: the cluster's own network.
    case routed
    /// Endpoints are neighbours on one link, as on a user's network of docker.
    case bridged
}

/// A network of the cluster, as it is kept.
public struct NetworkRecord: Sendable, Hashable {
    /// 64 hexadecimal digits.
    public let id: String
    /// The unique name.
    public let name: String
    /// How endpoints reach each other.
    public let mode: NetworkMode
    /// The range addresses come from.
    public let range: IPv4Prefix
    /// Whether nothing outside can be reached.
    public let isInternal: Bool
    /// The user's labels.
    public let labels: [String: String]
    /// When it was made, in nanoseconds since the epoch.
    public let created: Int64

    /// A network of these values.
    public init(
        id: String,
        name: String,
        mode: NetworkMode,
        range: IPv4Prefix,
        isInternal: Bool = false,
        labels: [String: String] = [:],
        created: Int64
    ) {
        self.id = id
        self.name = name
        self.mode = mode
        self.range = range
        self.isInternal = isInternal
        self.labels = labels
        self.created = created
    }

    /// The bridge's address: the first of the range.
    public var gateway: IPv4Address { IPv4Address(raw: range.address.raw + 1) }
}

/// An address given to one sandbox on one network, as it is kept.
public struct LeaseRecord: Sendable, Hashable {
    /// The network's id.
    public let network: String
    /// The sandbox's id.
    public let sandbox: String
    /// The address.
    public let address: IPv4Address
    /// The host's end of the cable.
    public let hostInterface: String
    /// The sandbox's end of the cable.
    public let interface: String
    /// The names that other endpoints of the network may use.
    public let names: [String]

    /// A lease of these values.
    public init(
        network: String,
        sandbox: String,
        address: IPv4Address,
        hostInterface: String,
        interface: String,
        names: [String]
    ) {
        self.network = network
        self.sandbox = sandbox
        self.address = address
        self.hostInterface = hostInterface
        self.interface = interface
        self.names = names
    }
}
