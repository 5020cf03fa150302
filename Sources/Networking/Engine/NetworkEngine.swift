import Effects
import Logging
import NFTables
import NIOCore
import SystemLinux

/// The networks of one cluster: bridges, addresses, routes, rules and DNS.
///
/// Bridges, cables and rules live in the kernel and outlive this process; `start` finds them again. `stop` ends only
/// what lives in the process; `teardown` leaves nothing.
public actor NetworkEngine {
    /// The name of the cluster's own network, for pods and for containers that ask for none.
    public static let defaultNetwork = "bridge"
    /// The id of the cluster's own network: sixty-four digits like all others, the same in every cluster.
    static let defaultNetworkID = String(repeating: "0", count: 63) + "1"
    /// The networks that are always there; `host` and `none` have no bridge.
    public static let predefinedNetworks = [defaultNetwork, "host", "none"]
    /// How many named networks a cluster may have; each costs a bridge and rules.
    public static let networkLimit = 256

    /// The cluster's ranges.
    public nonisolated let ranges: ClusterRanges
    /// The names that the DNS server answers from.
    public nonisolated let names: NameTable
    /// What the names of all bridges of this cluster begin with, for rules of others.
    public nonisolated let bridgePrefix: String
    /// The address of the cluster's bridge: gateway, name server and the node's InternalIP.
    public nonisolated let gateway: IPv4Address

    let configuration: NetworkConfiguration
    let effects: Effects
    let logger: Logger
    let host: HostNetwork
    let store: NetworkStore
    let rules: PacketRules?
    let interfaces: InterfaceNames
    let mtu: UInt32
    let dns: DNSServer

    var networks: [String: NetworkState] = [:]
    var attachments: [String: [String: SandboxAttachment]] = [:]

    /// A network with what the engine holds of it.
    struct NetworkState {
        let record: NetworkRecord
        let bridge: Int32
        var pool: AddressPool
    }

    /// Sets up the cluster's networks, or takes over those of an earlier process, and begins to answer DNS.
    ///
    /// `rules` nil means that the kernel has no nf_tables: networks work, but without a way out, and only the
    /// user-space proxy serves. Throws `NetworkError`; nothing half-made remains that the next start would not repair.
    public static func start(
        _ configuration: NetworkConfiguration,
        rules: PacketRules?,
        eventLoopGroup: any EventLoopGroup,
        effects: Effects,
        logger: Logger
    ) async throws(NetworkError) -> NetworkEngine {
        let store = try await NetworkStore.open(path: configuration.databasePath)
        let host = try await blocking("open the host's network") { [namespace = configuration.namespace] in
            try HostNetwork(namespace: namespace)
        }
        let kept = try await store.ranges()
        let prepared = try await blocking("prepare the cluster's network") {
            try HostPreparation(configuration: configuration, host: host, kept: kept).run()
        }
        if kept == nil { try await store.save(prepared.ranges) }
        for clash in prepared.clashes {
            logger.warning(
                "a route of the host overlaps a range of the cluster; reset the cluster to choose others",
                metadata: ["network.route": "\(clash)"]
            )
        }
        let engine = NetworkEngine(
            configuration: configuration, store: store, host: host, rules: rules, ranges: prepared.ranges,
            mtu: prepared.mtu, group: eventLoopGroup, effects: effects, logger: logger
        )
        try await engine.restore()
        return engine
    }

    private init(
        configuration: NetworkConfiguration,
        store: NetworkStore,
        host: HostNetwork,
        rules: PacketRules?,
        ranges: ClusterRanges,
        mtu: UInt32,
        group: any EventLoopGroup,
        effects: Effects,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.host = host
        self.rules = rules
        self.ranges = ranges
        self.mtu = mtu
        self.effects = effects
        self.logger = logger
        interfaces = InterfaceNames(cluster: configuration.cluster)
        bridgePrefix = interfaces.bridgePrefix
        gateway = IPv4Address(raw: ranges.pods.address.raw + 1)
        let zone = DNSName(configuration.clusterDomain) ?? DNSName(trusted: "cluster.local")
        names = NameTable(zone: zone, clusterRanges: [ranges.pods, ranges.services])
        dns = DNSServer(
            names: names, upstream: DNSUpstream(file: configuration.resolverFile, group: group, effects: effects),
            group: group, effects: effects, logger: logger
        )
    }

    private func restore() async throws(NetworkError) {
        try await restoreNetworks()
        try await applyRules()
        try await restoreAttachments()
        for state in networks.values { try await dns.listen(on: state.record.gateway, port: configuration.dnsPort) }
    }

    /// Ends what lives in this process; sandboxes go on with everything but DNS.
    public func stop() async { await dns.stop() }

    /// Removes everything of the cluster's networks from the kernel. The database file is the caller's.
    public func teardown() async throws(NetworkError) {
        await dns.stop()
        networks = [:]
        attachments = [:]
        try await Self.teardown(configuration, ranges: ranges, rules: rules, host: host)
    }

    /// Removes what a cluster left in the kernel, without a running engine. Harmless when there is nothing.
    public static func teardown(
        leftoversOf configuration: NetworkConfiguration,
        rules: PacketRules?
    ) async throws(NetworkError) {
        let host = try await blocking("open the host's network") { [namespace = configuration.namespace] in
            try HostNetwork(namespace: namespace)
        }
        var ranges: ClusterRanges?
        if File.exists(configuration.databasePath) {
            ranges = try await NetworkStore.open(path: configuration.databasePath).ranges()
        }
        try await teardown(configuration, ranges: ranges, rules: rules, host: host)
    }

    private static func teardown(
        _ configuration: NetworkConfiguration,
        ranges: ClusterRanges?,
        rules: PacketRules?,
        host: HostNetwork
    ) async throws(NetworkError) {
        // Links go first: as long as there are sandboxes on the bridges, the rules protect the host from them.
        try await blocking("remove the cluster's links and routes") {
            try HostPreparation(configuration: configuration, host: host, kept: ranges).undo()
        }
        guard let rules else { return }
        let opening = FirewallOpening(cluster: configuration.cluster, hostTCPPorts: configuration.hostTCPPorts)
        do throws(NFTablesError) {
            try await rules.apply(opening.closing(try await rules.foreignChains()))
            try await rules.remove(Table(cluster: configuration.cluster, purpose: "net"))
        } catch {
            throw NetworkError(
                .kernel, "cannot remove the packet rules of cluster \(configuration.cluster)", cause: error)
        }
    }

    /// Runs blocking calls on the pool and gives their errors this module's type.
    static func blocking<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws(NetworkError) -> Value {
        do {
            return try await BlockingPool.shared.run(body)
        } catch let error as NetworkError {
            throw error
        } catch {
            throw NetworkError(.kernel, "cannot \(what)", cause: error)
        }
    }
}
