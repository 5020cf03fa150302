import NFTables

/// The names of everything a cluster puts on the host, derived from the cluster's name so that they can be found
/// again without any record. The kernel takes 15 bytes.
public struct InterfaceNames: Sendable, Hashable {
    private let cluster: String

    /// The names of one cluster.
    public init(cluster: String) {
        self.cluster = StableHash.hex(cluster, digits: 5)
    }

    /// What the names of all bridges of the cluster begin with: `skf-` and five digits.
    public var bridgePrefix: String { "skf-" + cluster }

    /// What the names of all host ends of cables of the cluster begin with.
    public var cablePrefix: String { "skv" + cluster }

    /// The bridge of a network.
    public func bridge(network id: String) -> String { bridgePrefix + StableHash.hex(id, digits: 6) }

    /// The host end of the cable between a sandbox and a network.
    public func cable(sandbox: String, network id: String) -> String {
        cablePrefix + StableHash.hex(sandbox + "/" + id, digits: 7)
    }

    /// The hardware address that goes with an IPv4 address: locally administered, the same for the same address, so
    /// that no neighbour remembers a wrong one when an address comes back.
    static func hardwareAddress(for address: IPv4Address) -> [UInt8] { [0x02, 0x42] + address.octets }
}
