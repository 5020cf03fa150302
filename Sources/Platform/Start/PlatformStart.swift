import Effects
import EventBus
import HTTPService
import Logging
import Node
import Runtime
import SystemLinux

/// The start of the daemon. `run` is the list of modules in start order; each step lives in a file of its own tier.
struct PlatformStart: Sendable {
    let configuration: PlatformConfiguration
    let supervisor: Supervisor
    let logger: Logger
    let effects = Effects.live
    let facts = PlatformFacts()

    init(_ configuration: PlatformConfiguration, supervisor: Supervisor, logger: Logger) {
        self.configuration = configuration
        self.supervisor = supervisor
        self.logger = logger
    }

    var paths: PlatformPaths { configuration.paths }

    /// Starts everything in the order in which it is needed.
    /// - Throws: `startFailed` naming the module.
    func run() async throws -> RunningPlatform {
        let journal = try await BlockingPool.shared.run { [paths] in try EventJournal(path: paths.eventsDatabase) }
        let bus = EventBus(effects: effects, firstID: journal.firstID)
        let sequence = StartSequence(effects: effects, bus: bus, facts: facts, logger: logger)
        supervisor.keep(.platform) { try await journal.run(following: bus) }

        let stores = try await startStores(sequence, bus)
        let network = try await startNetwork(sequence)
        let cluster = try await startCluster(sequence, bus, network)
        let proxy = try await startProxy(sequence, bus, network, cluster)
        let runtime = try await startRuntime(sequence, bus, stores, network, proxy)
        let registry = try await startRegistry(sequence, bus, stores)
        let identity = try await openIdentity()
        let prober = Prober(group: ServiceEventLoops.shared)
        let agent = try await makeAgent(bus, network, cluster, runtime, stores, identity, prober)
        let readiness = ReadinessGate()
        let api = try await startKubernetesAPI(sequence, network, cluster, identity, agent, runtime, readiness)
        try await startWorkloads(sequence, bus, network, cluster, identity, agent, apiPort: api.port)
        readiness.open()
        let docker = try await startDockerAPI(sequence, bus, journal, stores, runtime, cluster, registry)
        facts.isReady(at: effects.now)
        // Last: containers with a restart policy come back into a platform that answers.
        await runtime.engine.startByPolicy()
        return RunningPlatform(
            runtime: runtime.engine,
            keeper: runtime.keeper,
            network: network.engine,
            proxy: proxy,
            registries: registry.client,
            prober: prober,
            servers: [registry.server] + api.servers + [docker],
            supervisor: supervisor,
            logger: logger
        )
    }
}
