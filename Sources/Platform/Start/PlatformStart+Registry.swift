import EventBus
import HTTPService
import Images
import Registry
import SystemLinux

/// The listening registry and the client for others.
struct StartedRegistry: Sendable {
    let server: RunningServer
    let client: RegistryClient
}

extension PlatformStart {
    /// Plugs the client for other registries into the store, and serves the store on loopback.
    func startRegistry(
        _ sequence: StartSequence,
        _ bus: EventBus,
        _ stores: StartedStores
    ) async throws -> StartedRegistry {
        try await sequence.start(.registry) {
            let client = RegistryClient(effects: effects, logger: logger)
            stores.images.plug(transport: client)
            let responder = RegistryResponder(
                store: stores.images,
                options: RegistryResponder.Options(ownerID: ProcessIdentity.uid),
                effects: effects,
                logger: logger
            )
            let port = try await choosePort(\.registryPort, usual: PlatformConfiguration.usualRegistryPort, "registry")
            {
                let server = HTTPServer(
                    name: "registry", listener: .tcp(host: "127.0.0.1", port: $0), responder: responder, logger: logger
                )
                return (RunningServer(server), try await server.start().port ?? 0)
            }
            stores.images.setOwnRegistries(["localhost:\(port.number)", "127.0.0.1:\(port.number)"])
            facts.listens(registry: "127.0.0.1:\(port.number)")
            return StartedRegistry(server: port.server, client: client)
        }
    }
}
