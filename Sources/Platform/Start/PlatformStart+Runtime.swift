import EventBus
import Images
import Networking
import Runtime
import ServiceProxy
import SystemLinux
import Volumes

/// The container engine and its keeper.
struct StartedRuntime: Sendable {
    let engine: ContainerRuntime
    let keeper: KeeperConnection
}

extension PlatformStart {
    /// Finds or starts the keeper, and takes over the containers that run.
    func startRuntime(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ stores: StartedStores,
        _ network: StartedNetwork,
        _ proxy: ServiceProxy
    ) async throws -> StartedRuntime {
        try await sequence.start(.runtime) {
            let keeper = try await KeeperConnection.open(
                KeeperLocation(runDirectory: paths.run, stateDirectory: paths.state, cluster: paths.cluster),
                logger: logger
            )
            let configuration = RuntimeConfiguration(
                stateDirectory: paths.runtime,
                runDirectory: paths.run,
                cgroupParent: paths.cgroup
            )
            let engine = try await BlockingPool.shared.run { [effects, logger] in
                try ContainerRuntime(
                    configuration: configuration,
                    images: stores.images,
                    volumes: stores.volumes,
                    keeper: keeper,
                    cgroups: try HostControlGroups(),
                    network: SandboxNetworkAdapter(engine: network.engine),
                    ports: PublishedPorts(proxy: proxy),
                    bus: bus,
                    effects: effects,
                    logger: logger
                )
            }
            try await engine.recover()
            // What was removed while no daemon lived gives its addresses and ports back.
            let live = Set(engine.list().map(\.record.id) + engine.sandboxes().map(\.id))
            try await network.engine.reconcile(live: live)
            await proxy.reconcile(live: live)
            return StartedRuntime(engine: engine, keeper: keeper)
        }
    }
}
