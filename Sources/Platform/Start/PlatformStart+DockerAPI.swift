import Builder
import Cluster
import DockerAPI
import EventBus
import HTTPService
import Images
import Node
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
        let builder = try await sequence.start(.builder) {
            try await makeBuilder(bus, stores, runtime)
        }
        return try await sequence.start(.dockerAPI) {
            let resolver = SubjectResolver(store: store, runtime: runtime.engine, images: stores.images)
            let groups: [any RouteGroup] = [
                ImageRoutes(
                    images: stores.images, registry: registry.client,
                    bootstrap: DebianBootstrap(images: stores.images, effects: effects, logger: logger),
                    effects: effects
                ),
                BuildRoutes(engine: builder, logger: logger),
                PlatformEventRoutes(bus: bus, journal: journal, effects: effects),
                WhyRoute(journal: journal, resolver: resolver),
                StatusRoutes(
                    paths: paths, facts: facts, keeper: runtime.keeper, runtime: runtime.engine, images: stores.images,
                    store: store, supervisor: supervisor, effects: effects
                ),
            ]
            let responder = DockerAPI.responder(
                DockerAPI.Dependencies(
                    runtime: runtime.engine, volumes: stores.volumes, images: stores.images, bus: bus,
                    effects: effects, engine: try await engineInfo(), logger: logger
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

    private func makeBuilder(
        _ bus: EventBus,
        _ stores: StartedStores,
        _ runtime: StartedRuntime
    ) async throws -> BuildEngine {
        let trust = try await BlockingPool.shared.run {
            HostTrust.decide(.live(environment: ProcessEnvironment.dictionary))
        }
        return try await BuildEngine.open(
            root: paths.builder,
            runRoot: "\(paths.run)/builder",
            images: stores.images,
            runner: StepRunnerAdapter(runtime: runtime.engine),
            trust: trust,
            effects: effects,
            bus: bus,
            logger: logger
        )
    }

    private func engineInfo() async throws -> EngineInfo {
        try await BlockingPool.shared.run { [paths] in
            let host = Node.HostFacts.read(storagePath: paths.state)
            return EngineInfo(
                version: Version.text,
                cluster: paths.cluster,
                id: "skiff-\(paths.cluster)",
                hostname: HostName.own,
                kernelVersion: host.kernelVersion,
                operatingSystem: host.osImage,
                architecture: host.architecture == "amd64" ? "x86_64" : host.architecture,
                cpuCount: host.processorCount,
                memoryBytes: host.memoryBytes,
                stateDirectory: paths.state,
                cgroupVersion: File.exists("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1"
            )
        }
    }
}
