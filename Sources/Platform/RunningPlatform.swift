import Cluster
import EventBus
import HTTPService
import Hummingbird
import Images
import KubernetesAPI
import Logging
import Networking
import Node
import Registry
import Runtime
import ServiceProxy

/// Something that listens and can be told to stop.
struct RunningServer: Sendable {
    /// Stops accepting and ends what is in progress.
    let stop: @Sendable () async -> Void

    init<Responder: HTTPResponder>(_ server: HTTPServer<Responder>) where Responder.Context == ServiceContext {
        stop = { await server.stop() }
    }
}

/// The started modules that have to be stopped by hand; everything else ends with the supervisor's tasks.
struct RunningPlatform: Sendable {
    let runtime: ContainerRuntime
    let keeper: KeeperConnection
    let network: NetworkEngine
    let proxy: ServiceProxy
    let registries: RegistryClient
    let prober: Prober
    let servers: [RunningServer]
    let supervisor: Supervisor
    let logger: Logger

    /// Ends the platform: faces first, so that nothing new begins; then what decides; then, for `down`, what runs.
    func stop(_ reason: StopReason) async {
        for server in servers.reversed() { await server.stop() }
        await supervisor.cancelAll()
        await registries.shutdown()
        await attempt("prober") { try await prober.shutdown() }
        guard case .down = reason else {
            await runtime.stop(stopContainers: false)
            await proxy.stop()
            await network.stop()
            keeper.close()
            return
        }
        await runtime.stop(stopContainers: true)
        await attempt("service proxy") { try await proxy.teardown() }
        await attempt("network") { try await network.teardown() }
        await attempt("keeper") { try await keeper.stop() }
        keeper.close()
    }

    private func attempt(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch {
            logger.error("failed to stop", metadata: ["part": "\(what)", "error": "\(error)"])
        }
    }
}
