import Cluster
import Controllers
import EventBus
import Identity
import NFTables
import Networking
import Node
import Scheduler
import SystemLinux

extension PlatformStart {
    /// Makes the node's agent; it does nothing before `startWorkloads` runs it.
    func makeAgent(
        _ bus: EventBus,
        _ network: StartedNetwork,
        _ store: ClusterStore,
        _ runtime: StartedRuntime,
        _ stores: StartedStores,
        _ identity: IdentityStore,
        _ prober: Prober
    ) async throws -> NodeAgent {
        let hostFacts = try await BlockingPool.shared.run { [paths] in HostFacts.read(storagePath: paths.state) }
        return NodeAgent(
            configuration: NodeConfiguration(
                name: HostName.node,
                internalAddress: network.engine.gateway.description,
                directories: PodDirectories(state: paths.state, run: paths.run),
                clusterDNS: network.engine.gateway.description
            ),
            facts: hostFacts,
            store: store,
            bus: bus,
            runtime: PodRuntimeAdapter(
                runtime: runtime.engine, images: stores.images, bus: bus, effects: effects
            ),
            tokens: PodTokens(identity: identity, store: store),
            prober: prober,
            effects: effects,
            logger: logger
        )
    }

    /// Makes the cluster's own objects, then starts scheduler, controllers and node. Nothing here polls: each module
    /// reads the store once and follows the bus.
    func startWorkloads(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ network: StartedNetwork,
        _ store: ClusterStore,
        _ identity: IdentityStore,
        _ agent: NodeAgent,
        apiPort: Int
    ) async throws {
        try await sequence.start(.controllers) {
            let controllers = Controllers(
                configuration: ControllersConfiguration(
                    rootCertificate: identity.authority.credential.certificatePEM,
                    apiAddress: network.engine.gateway.description,
                    apiPort: apiPort
                ),
                store: store,
                bus: bus,
                effects: effects,
                logger: logger
            )
            try await controllers.bootstrap()
            await ready(.controllers) { onReady in await controllers.run(onReady: onReady) }
        }
        try await sequence.start(.scheduler) {
            let scheduler = Scheduler(store: store, bus: bus, effects: effects, logger: logger)
            await ready(.scheduler) { onReady in await scheduler.run(onReady: onReady) }
        }
        try await sequence.start(.node) {
            await ready(.node) { onReady in try await agent.run(onReady: onReady) }
        }
    }

    /// Keeps a module's task and waits until it says that it is ready.
    private func ready(
        _ module: Module,
        _ run: @escaping @Sendable (@escaping @Sendable () -> Void) async throws -> Void
    ) async {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        supervisor.keep(module) {
            defer { signal.finish() }
            try await run { signal.finish() }
        }
        for await _ in stream {}
    }
}
