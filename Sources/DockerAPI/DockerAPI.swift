import Effects
import EventBus
import HTTPService
import Hummingbird
import Images
import Logging
import Runtime
import Volumes

/// The Docker Engine API over the platform's engines (docker-oci.md §4). It decodes, calls, encodes; no logic of its own.
public enum DockerAPI {
    /// What the routes call.
    public struct Dependencies: Sendable {
        /// Containers, execs, sandboxes.
        public var runtime: ContainerRuntime
        /// Named volumes.
        public var volumes: VolumeStore
        /// Images, for names in lists.
        public var images: ImageStore
        /// Where `/events` reads.
        public var bus: EventBus
        /// Time for statuses such as `Up 2 minutes`.
        public var effects: Effects
        /// What `/version` and `/info` tell.
        public var engine: EngineInfo
        /// For failures that have no client.
        public var logger: Logger

        /// Bundles what the routes call.
        public init(
            runtime: ContainerRuntime, volumes: VolumeStore, images: ImageStore, bus: EventBus, effects: Effects,
            engine: EngineInfo, logger: Logger
        ) {
            self.runtime = runtime
            self.volumes = volumes
            self.images = images
            self.bus = bus
            self.effects = effects
            self.engine = engine
            self.logger = logger
        }
    }

    /// The responder for an `HTTPServer`: system, container, exec, volume and event routes, and those of `groups`.
    public static func responder(
        _ dependencies: Dependencies,
        groups: [any RouteGroup] = []
    ) -> some HTTPResponder<ServiceContext> {
        let router = Router(context: ServiceContext.self)
        let own: [any RouteGroup] = [
            SystemRoutes(dependencies: dependencies),
            ContainerRoutes(dependencies: dependencies),
            ContainerStreamRoutes(dependencies: dependencies),
            ContainerStatisticsRoutes(dependencies: dependencies),
            ExecRoutes(dependencies: dependencies),
            VolumeRoutes(dependencies: dependencies),
            EventRoutes(dependencies: dependencies),
            SpecRoute(dependencies: dependencies),
        ]
        for group in own + groups { group.add(to: router) }
        return EngineResponder(
            router: router.buildResponder(), engine: dependencies.engine, logger: dependencies.logger)
    }
}
