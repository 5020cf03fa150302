import Cluster
import Effects
import EventBus
import Logging
import NFTables
import NIOCore
import SystemLinux

/// Traffic of Services and published ports on this node.
///
/// Follows Services and EndpointSlices in the store by the bus's `object.*` events, programs the kernel (or, without
/// nf_tables, sockets of this process) and publishes `service.programmed` after the kernel took the change.
public final class ServiceProxy: Sendable {
    /// How many ports all containers together may publish.
    public static let publishedLimit = 4096

    private let inbox: ProxyInbox
    private let worker: ProxyWorker
    private let plane: any DataPlane
    private let ports: PortRegistry
    private let tasks: [Task<Void, Never>]

    private init(
        inbox: ProxyInbox, worker: ProxyWorker, plane: any DataPlane, ports: PortRegistry, tasks: [Task<Void, Never>]
    ) {
        self.inbox = inbox
        self.worker = worker
        self.plane = plane
        self.ports = ports
        self.tasks = tasks
    }

    /// Programs all Services of the store and the ports of containers that outlived an earlier daemon, then follows
    /// changes. Returns when traffic flows.
    ///
    /// `rules` nil chooses the user-space proxy. Throws `ServiceProxyError`.
    public static func start(
        _ configuration: ServiceProxyConfiguration,
        store: ClusterStore,
        rules: PacketRules?,
        names: (any ServiceNameSink)?,
        bus: EventBus,
        eventLoopGroup: any EventLoopGroup,
        effects: Effects,
        logger: Logger
    ) async throws(ServiceProxyError) -> ServiceProxy {
        // Subscribed before the store is read, so that nothing falls between.
        let subscription = bus.subscribe(name: "service-proxy", families: [.object])
        let plane: any DataPlane
        let inbox = ProxyInbox()
        do {
            plane = try await makePlane(configuration, rules, eventLoopGroup, effects, logger)
            let ports = PortRegistry(configuration: configuration, plane: plane, inbox: inbox, bus: bus, logger: logger)
            let worker = ProxyWorker(
                store: store, configuration: configuration, plane: plane, names: names, inbox: inbox, bus: bus,
                effects: effects, logger: logger)
            try await worker.begin(try await ports.restore())
            let feed = ProxyFeed(store: store, inbox: inbox, subscription: subscription)
            let tasks = [Task { await worker.run() }, Task { await feed.run() }]
            return ServiceProxy(inbox: inbox, worker: worker, plane: plane, ports: ports, tasks: tasks)
        } catch let error as ServiceProxyError {
            throw error
        } catch {
            throw ServiceProxyError(.dataPlane, "cannot program service traffic", cause: error)
        }
    }

    private static func makePlane(
        _ configuration: ServiceProxyConfiguration,
        _ rules: PacketRules?,
        _ group: any EventLoopGroup,
        _ effects: Effects,
        _ logger: Logger
    ) async throws -> any DataPlane {
        guard let rules else {
            let plane = UserspacePlane(configuration: configuration, group: group, effects: effects, logger: logger)
            try await plane.prepare()
            return plane
        }
        let shape = ProxyRules(
            cluster: configuration.cluster, bridgePrefix: try InterfaceName(configuration.bridgePrefix),
            serviceRange: configuration.serviceRange)
        let connections = try await BlockingPool.shared.run { [namespace = configuration.namespace] in
            try ConnectionTracking(in: namespace)
        }
        return KernelPlane(rules: rules, shape: shape, connections: connections)
    }

    // MARK: - Published ports

    /// Takes ports of the host for a container, so that nobody else gets them. All or none: throws code `portInUse`
    /// naming the port and, if it can be found out, its holder. What the container has already stays as it is.
    public func reservePorts(
        container: String,
        _ wishes: [PortWish]
    ) async throws(ServiceProxyError) -> [PublishedPort] {
        try await ports.reserve(container: container, wishes)
    }

    /// Makes a container's reserved ports lead to `target`; returns when they answer, after `port.published`.
    public func activatePorts(container: String, target: IPv4Address, cause: Cause? = nil)
        async throws(ServiceProxyError)
    {
        try await ports.activate(container: container, target: target, cause: cause)
    }

    /// Gives a container's ports back. Harmless when it has none.
    public func releasePorts(container: String, cause: Cause? = nil) async {
        await ports.release(container: container, cause: cause)
    }

    /// The ports of a container.
    public func publishedPorts(container: String) async -> [PublishedPort] { await ports.ports(of: container) }

    /// Gives back the ports of containers that are not in `live`; called once the runtime knows what survived.
    public func reconcile(live: Set<String>) async {
        for container in await ports.containers where !live.contains(container) {
            await ports.release(container: container, cause: nil)
        }
    }

    // MARK: - End

    /// Ends following changes; what is programmed in the kernel goes on. The user-space proxy ends.
    public func stop() async {
        for task in tasks { task.cancel() }
        inbox.close()
        for task in tasks { await task.value }
        await worker.releaseAll()
        await ports.releaseSockets()
        if let userspace = plane as? UserspacePlane { await userspace.close() }
    }

    /// Ends, and removes everything from the kernel.
    public func teardown() async throws(ServiceProxyError) {
        await stop()
        do { try await plane.teardown() } catch {
            throw ServiceProxyError(.dataPlane, "cannot remove the packet rules of the services", cause: error)
        }
    }

    /// Removes what a cluster's proxy left in the kernel, without a running one. Harmless when there is nothing.
    public static func teardown(leftoversOf cluster: String, rules: PacketRules) async throws(ServiceProxyError) {
        do { try await rules.remove(Table(cluster: cluster, purpose: "svc")) } catch {
            throw ServiceProxyError(.dataPlane, "cannot remove the packet rules of the services", cause: error)
        }
    }
}
