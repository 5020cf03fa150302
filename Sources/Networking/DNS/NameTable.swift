import NFTables
import Synchronization

/// The names the DNS server answers from, shared between whoever feeds it and the server.
///
/// Reads and writes take a lock for as long as one look-up lasts; nothing blocks on the outside world.
public final class NameTable: Sendable {
    /// The cluster's zone, usually `cluster.local`.
    public let zone: DNSName

    private let records: Mutex<NameRecords>

    /// An empty table; `clusterRanges` are the pod and service ranges.
    public init(zone: DNSName, clusterRanges: [IPv4Prefix]) {
        self.zone = zone
        records = Mutex(NameRecords(zone: zone, clusterRanges: clusterRanges))
    }

    /// Replaces every name of one owner in the cluster's zone and in the reverse zone; empty `entries` remove it.
    ///
    /// Owners are free text: `default/web` for a Service, for example.
    public func replace(owner: String, entries: [NameEntry]) {
        records.withLock { $0.replace(owner: owner, entries: entries) }
    }

    /// Every owner with names, for a feed that starts anew and must remove the ones that are gone.
    public var owners: Set<String> { records.withLock { $0.ownerNames } }

    /// Makes the names of one network answerable to clients whose address lies in `prefix`.
    public func addNetwork(_ id: String, prefix: IPv4Prefix) {
        records.withLock { $0.addNetwork(id, prefix: prefix) }
    }

    /// Forgets a network and its names.
    public func removeNetwork(_ id: String) { records.withLock { $0.removeNetwork(id) } }

    /// Replaces the names of one endpoint of a network.
    public func setEndpoint(network: String, owner: String, names: [DNSName], address: IPv4Address) {
        records.withLock { $0.setEndpoint(network: network, owner: owner, names: names, address: address) }
    }

    /// Forgets one endpoint of a network.
    public func removeEndpoint(network: String, owner: String) {
        records.withLock { $0.removeEndpoint(network: network, owner: owner) }
    }

    func answer(_ question: DNSQuestion, client: IPv4Address?) -> LocalAnswer {
        records.withLock { $0.answer(question, client: client) }
    }
}
