import NFTables
import SystemLinux

/// What the service proxy is told at its start.
public struct ServiceProxyConfiguration: Sendable {
    /// The cluster's name; the table's name derives from it.
    public var cluster: String
    /// What the names of the cluster's bridges begin with (`NetworkEngine.bridgePrefix`).
    public var bridgePrefix: String
    /// The node's InternalIP: the address of the cluster's bridge, where NodePorts answer besides loopback.
    public var nodeAddress: IPv4Address
    /// The range of ClusterIPs.
    public var serviceRange: IPv4Prefix
    /// The file that keeps published ports over a restart of the daemon; nil keeps none.
    public var portRecordPath: String?
    /// The network namespace to work in instead of the process's own. The event loops must live there as well.
    public var namespace: OwnedFD?

    /// A configuration.
    public init(
        cluster: String,
        bridgePrefix: String,
        nodeAddress: IPv4Address,
        serviceRange: IPv4Prefix,
        portRecordPath: String?,
        namespace: OwnedFD? = nil
    ) {
        self.cluster = cluster
        self.bridgePrefix = bridgePrefix
        self.nodeAddress = nodeAddress
        self.serviceRange = serviceRange
        self.portRecordPath = portRecordPath
        self.namespace = namespace
    }
}
