/// What the node agent is told about its machine and cluster.
public struct NodeConfiguration: Sendable {
    /// The node's name.
    public var name: String
    /// The node's address, on the cluster's bridge.
    public var internalAddress: String
    /// Where pods keep their files.
    public var directories: PodDirectories
    /// The address of the cluster's DNS server.
    public var clusterDNS: String
    /// The cluster's domain.
    public var clusterDomain = "cluster.local"
    /// The version shown as `kubeletVersion`.
    public var kubernetesVersion = "v1.36.1"
    /// The most pods the node takes.
    public var podLimit = 110
    /// CPU kept back for the host, in thousandths of a core.
    public var reservedMilliCPU: Int64 = 0
    /// Memory kept back for the host, in bytes.
    public var reservedMemoryBytes: Int64 = 100 << 20
    /// Labels and taints the node registers with.
    public var labels: [String: String] = [:]
    /// Containers being created at the same time at most.
    public var launchesInFlightMax = 16

    /// A node called `name`; set what differs.
    public init(name: String, internalAddress: String, directories: PodDirectories, clusterDNS: String) {
        self.name = name
        self.internalAddress = internalAddress
        self.directories = directories
        self.clusterDNS = clusterDNS
    }
}
