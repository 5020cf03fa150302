/// What the runtime asks of whoever gives containers a network. Declared here, plugged by Platform.
///
/// Called from any task; calls for one container come one after the other. No call may wait for the runtime.
public protocol SandboxNetwork: Sendable {
    /// Connects the network namespace and answers what the container has to know about it.
    /// - Throws: any error; the start fails with it and `detach` is called.
    func attach(_ request: NetworkAttachRequest) async throws -> NetworkAttachment
    /// Takes the namespace off the network again. Harmless when it was never attached or is gone.
    func detach(containerID: String, network: String) async throws
    /// Whether a network of this name exists (`bridge` always does).
    func hasNetwork(_ name: String) async -> Bool
    /// The address a container on `network` uses for the host (`host-gateway`), nil when there is none.
    func gateway(of network: String) async -> String?
}

/// One namespace that is to join one network.
public struct NetworkAttachRequest: Sendable, Hashable {
    /// The container (or sandbox) that owns the namespace.
    public var containerID: String
    /// Its name, for name resolution.
    public var containerName: String
    /// Its host name.
    public var hostname: String
    /// The network's name; `bridge` is the default one, `pod` the cluster's pod network.
    public var network: String
    /// File of the network namespace (a bind-mounted ns file).
    public var namespacePath: String
    /// Name of the interface inside: `eth0`, `eth1` …
    public var interfaceName: String
    /// Extra names on this network.
    public var aliases: [String]
    /// A fixed IPv4 address; empty lets the network choose.
    public var ipv4Address: String
    /// A fixed MAC address; empty lets the network choose.
    public var macAddress: String

    /// Makes a request.
    public init(
        containerID: String, containerName: String, hostname: String, network: String, namespacePath: String,
        interfaceName: String = "eth0", aliases: [String] = [], ipv4Address: String = "", macAddress: String = ""
    ) {
        self.containerID = containerID
        self.containerName = containerName
        self.hostname = hostname
        self.network = network
        self.namespacePath = namespacePath
        self.interfaceName = interfaceName
        self.aliases = aliases
        self.ipv4Address = ipv4Address
        self.macAddress = macAddress
    }
}

/// What a network gave to a container.
public struct NetworkAttachment: Sendable, Hashable {
    /// The network's name.
    public var network: String
    /// The network's id.
    public var networkID: String
    /// The interface inside.
    public var interfaceName: String
    /// The address, without prefix length.
    public var ipv4Address: String
    /// The length of the network's prefix.
    public var prefixLength: Int
    /// The default route's next hop.
    public var gateway: String
    /// The interface's MAC address.
    public var macAddress: String
    /// Name servers for resolv.conf; empty means a filtered copy of the host's.
    public var nameServers: [String]
    /// Search domains for resolv.conf.
    public var searchDomains: [String]
    /// Resolver options for resolv.conf.
    public var resolverOptions: [String]

    /// Makes an attachment.
    public init(
        network: String, networkID: String, interfaceName: String = "eth0", ipv4Address: String, prefixLength: Int,
        gateway: String, macAddress: String = "", nameServers: [String] = [], searchDomains: [String] = [],
        resolverOptions: [String] = []
    ) {
        self.network = network
        self.networkID = networkID
        self.interfaceName = interfaceName
        self.ipv4Address = ipv4Address
        self.prefixLength = prefixLength
        self.gateway = gateway
        self.macAddress = macAddress
        self.nameServers = nameServers
        self.searchDomains = searchDomains
        self.resolverOptions = resolverOptions
    }
}
