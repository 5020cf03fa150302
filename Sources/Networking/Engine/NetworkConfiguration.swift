import NFTables
import SystemLinux

/// What the network engine is told at its start.
public struct NetworkConfiguration: Sendable {
    /// The cluster's name; all names on the host derive from it.
    public var cluster: String
    /// The file of ranges, networks and leases; ":memory:" keeps them in memory for tests.
    public var databasePath: String
    /// The directory all clusters of the host share, emptied by a reboot, usually `/run/skiff`.
    public var hostDirectory: String
    /// The cluster's DNS zone.
    public var clusterDomain: String
    /// TCP ports of the daemon on the bridge that pods must reach even past a firewall of the host.
    public var hostTCPPorts: [UInt16]
    /// The resolv.conf of the host.
    public var resolverFile: String
    /// The UDP and TCP port of the DNS server on every bridge.
    public var dnsPort: UInt16
    /// The network namespace to work in instead of the process's own. The event loops must live there as well.
    public var namespace: OwnedFD?

    /// A configuration with the usual values.
    public init(
        cluster: String,
        databasePath: String,
        hostDirectory: String,
        clusterDomain: String = "cluster.local",
        hostTCPPorts: [UInt16] = [6443],
        resolverFile: String = "/etc/resolv.conf",
        dnsPort: UInt16 = 53,
        namespace: OwnedFD? = nil
    ) {
        self.cluster = cluster
        self.databasePath = databasePath
        self.hostDirectory = hostDirectory
        self.clusterDomain = clusterDomain
        self.hostTCPPorts = hostTCPPorts
        self.resolverFile = resolverFile
        self.dnsPort = dnsPort
        self.namespace = namespace
    }
}

/// A wish to connect one sandbox to one network.
public struct SandboxEndpoint: Sendable, Hashable {
    /// The sandbox's or container's id.
    public var sandbox: String
    /// The file that holds the sandbox's network namespace.
    public var namespacePath: String
    /// The network's name or id; `pod` and `default` mean the cluster's own.
    public var network: String
    /// The interface's name inside.
    public var interface: String
    /// Names that other endpoints of the network may use: container name, aliases, short id.
    public var names: [String]
    /// A fixed address, or nil for the next free one.
    public var address: IPv4Address?
    /// A fixed hardware address of six bytes, or nil for one derived from the address.
    public var hardwareAddress: [UInt8]?
    /// Whether the default route goes here; false for second and further networks.
    public var isDefaultRoute: Bool

    /// A wish with the usual values; the default route goes to `eth0` unless said otherwise.
    public init(
        sandbox: String,
        namespacePath: String,
        network: String = NetworkEngine.defaultNetwork,
        interface: String = "eth0",
        names: [String] = [],
        address: IPv4Address? = nil,
        hardwareAddress: [UInt8]? = nil,
        isDefaultRoute: Bool? = nil
    ) {
        self.sandbox = sandbox
        self.namespacePath = namespacePath
        self.network = network
        self.interface = interface
        self.names = names
        self.address = address
        self.hardwareAddress = hardwareAddress
        self.isDefaultRoute = isDefaultRoute ?? (interface == "eth0")
    }
}

/// A sandbox's connection as it stands.
public struct SandboxAttachment: Sendable, Hashable {
    /// The sandbox's id.
    public let sandbox: String
    /// The network.
    public let network: NetworkRecord
    /// The sandbox's address.
    public let address: IPv4Address
    /// The host's end of the cable.
    public let hostInterface: String
    /// The sandbox's end of the cable.
    public let interface: String
    /// The hardware address inside.
    public let hardwareAddress: [UInt8]
    /// The name server and options a container on this network should use; a pod adds its search path.
    public let dns: ResolverConfiguration

    /// The length of the network's prefix, as clients expect to see it.
    public var prefixLength: UInt8 { network.range.length }
    /// The gateway.
    public var gateway: IPv4Address { network.gateway }

    /// The hardware address in the usual form `02:42:…`.
    public var hardwareAddressText: String {
        hardwareAddress.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined(separator: ":")
    }
}
