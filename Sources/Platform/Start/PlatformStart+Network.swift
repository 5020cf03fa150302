import Cluster
import EventBus
import HTTPService
import NFTables
import Networking
import ServiceProxy

/// The network and the rules it shares with the service proxy.
struct StartedNetwork: Sendable {
    let engine: NetworkEngine
    let rules: NFTables

    /// Where Services get their addresses from.
    var services: IPv4Prefix { engine.ranges.services }
}

extension PlatformStart {
    /// Starts bridges, addresses and DNS. Comes before the object store, which needs the service range.
    func startNetwork(_ sequence: StartSequence) async throws -> StartedNetwork {
        try await sequence.start(.networking) {
            let rules = try await NFTables.open(logger: logger)
            let engine = try await NetworkEngine.start(
                NetworkConfiguration(
                    cluster: paths.cluster,
                    databasePath: "\(paths.network)/network.sqlite",
                    hostDirectory: paths.hostRun
                ),
                rules: rules,
                eventLoopGroup: ServiceEventLoops.shared,
                effects: effects,
                logger: logger
            )
            return StartedNetwork(engine: engine, rules: rules)
        }
    }

    /// Opens the object store with the ranges that the network chose.
    func startCluster(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ network: StartedNetwork
    ) async throws -> ClusterStore {
        try await sequence.start(.cluster) {
            var configuration = ClusterConfiguration(databasePath: paths.clusterDatabase)
            configuration.serviceRange = network.engine.ranges.services
            configuration.loadBalancerRange = network.engine.ranges.loadBalancers
            return try await ClusterStore.open(configuration, effects: effects, bus: bus, logger: logger)
        }
    }

    /// Starts Service traffic. Needs the objects, and comes before anything that publishes a port.
    func startProxy(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ network: StartedNetwork,
        _ store: ClusterStore
    ) async throws -> ServiceProxy {
        try await sequence.start(.serviceProxy) {
            try await ServiceProxy.start(
                ServiceProxyConfiguration(
                    cluster: paths.cluster,
                    bridgePrefix: network.engine.bridgePrefix,
                    nodeAddress: network.engine.gateway,
                    serviceRange: network.engine.ranges.services,
                    podRange: network.engine.ranges.pods
                ),
                store: store,
                rules: network.rules,
                names: ServiceNames(table: network.engine.names),
                bus: bus,
                effects: effects,
                logger: logger,
                eventLoopGroup: ServiceEventLoops.shared
            )
        }
    }
}
