import Builder
import Cluster
import DockerAPI
import EventBus
import HTTPService
import Images
import Registry
import Runtime
import SystemLinux

extension PlatformStart {
    /// Serves the Docker Engine API and the platform's own routes on the cluster's socket. The last module to start:
    /// who can connect finds everything ready.
    func startDockerAPI(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ journal: EventJournal,
        _ stores: StartedStores,
        _ runtime: StartedRuntime,
        _ store: ClusterStore,
        _ registry: StartedRegistry
    ) async throws -> RunningServer {
        try await sequence.start(.dockerAPI) {
            let builder = try await makeBuilder(bus, stores, runtime)
            let resolver = SubjectResolver(store: store, runtime: runtime.engine, images: stores.images)
            let groups: [any RouteGroup] = [
                ImageRoutes(images: stores.images, registry: registry.client, effects: effects),
                BuildRoutes(builder: builder),
                EventRoutes(bus: bus, journal: journal, effects: effects),
                WhyRoute(journal: journal, resolver: resolver),
                StatusRoutes(
                    paths: paths, facts: facts, keeper: runtime.keeper, runtime: runtime.engine, images: stores.images,
                    store: store, supervisor: supervisor, effects: effects
                ),
            ]
            let responder = DockerAPI.responder(
                DockerAPI.Dependencies(
                    runtime: runtime.engine, volumes: stores.volumes, images: stores.images, bus: bus,
                    effects: effects, info: EngineInfo(version: Version.text, rootDirectory: paths.state),
                    logger: logger
                ),
                groups: groups
            )
            let server = HTTPServer(
                name: "docker", listener: .unix(path: paths.dockerSocket), responder: responder, logger: logger
            )
            _ = try await server.start()
            return RunningServer(server)
        }
    }
}
