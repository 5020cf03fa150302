import Cluster
import EventBus
import HTTPService
import NFTables
import Networking
import ServiceProxy
import SystemLinux

/// The network and the rules it shares with the service proxy.
struct StartedNetwork: Sendable {
    let engine: NetworkEngine
    /// Nil on a kernel without nf_tables; Service traffic goes through sockets of this process then.
    let rules: PacketRules?

    /// Where Services get their addresses from.
    var services: IPv4Prefix { engine.ranges.services }

    /// Where LoadBalancers get theirs from: a part of 127.64.0.0/16 that no other cluster of this host has, because
    /// its pod range is no other cluster's either.
    var loadBalancers: IPv4Prefix? {
        IPv4Prefix("127.64.\(engine.ranges.pods.address.octets[1]).0/24")
    }
}

extension PlatformStart {
    /// Starts bridges, addresses and DNS. Comes before the object store, which needs the service range.
    func startNetwork(_ sequence: StartSequence) async throws -> StartedNetwork {
        try await sequence.start(.networking) {
            try await BlockingPool.shared.run { [paths] in try Directory.make(paths.network, mode: 0o700) }
            let rules = await openRules()
            let engine = try await NetworkEngine.start(
                configuration.network,
                rules: rules,
                eventLoopGroup: ServiceEventLoops.shared,
                effects: effects,
                logger: logger
            )
            return StartedNetwork(engine: engine, rules: rules)
        }
    }

    private func openRules() async -> PacketRules? {
        do {
            return try await PacketRules.open()
        } catch {
            facts.note(
                "this kernel has no nf_tables (\(error)); Service traffic goes through the daemon, which is slower")
            return nil
        }
    }

    /// Opens the object store with the ranges that the network chose.
    func startCluster(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ network: StartedNetwork
    ) async throws -> ClusterStore {
        try await sequence.start(.cluster) {
            guard let services = IPv4Range(network.services.description),
                let loadBalancers = network.loadBalancers.flatMap({ IPv4Range($0.description) })
            else {
                throw PlatformError(.startFailed, "the service range \(network.services) is no range")
            }
            let configuration = ClusterConfiguration(
                databasePath: paths.clusterDatabase,
                serviceRange: services,
                loadBalancerRange: loadBalancers
            )
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
                    serviceRange: network.services,
                    // Under /run: after a reboot no container has its ports any more.
                    portRecordPath: "\(paths.run)/ports.json"
                ),
                store: store,
                rules: network.rules,
                names: ServiceNamesAdapter(table: network.engine.names),
                bus: bus,
                eventLoopGroup: ServiceEventLoops.shared,
                effects: effects,
                logger: logger
            )
        }
    }
}
