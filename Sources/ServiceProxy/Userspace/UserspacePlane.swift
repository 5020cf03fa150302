import Effects
import Logging
import NFTables
import NIOCore
import NIOPosix
import Synchronization
import SystemLinux

/// Service traffic through sockets of this process, where the kernel has no nf_tables.
///
/// Every address of a Service gets a listener; a connection is copied to an endpoint chosen at random, or by the
/// client's address for sticky Services. What is lost against the kernel's way: the endpoint sees the node's address
/// as its client, and every byte passes this process.
final class UserspacePlane: DataPlane {
    /// How many TCP connections are carried at a time; further ones are closed at once.
    static let connectionLimit = 16_384

    private struct State {
        var targets: [Frontend: SlotPlan] = [:]
        var listeners: [Frontend: any Channel] = [:]
    }

    private let configuration: ServiceProxyConfiguration
    private let group: any EventLoopGroup
    private let effects: Effects
    private let logger: Logger
    private let state = Mutex(State())
    private let connections = Atomic<Int>(0)

    init(configuration: ServiceProxyConfiguration, group: any EventLoopGroup, effects: Effects, logger: Logger) {
        self.configuration = configuration
        self.group = group
        self.effects = effects
        self.logger = logger
    }

    /// The route that makes every ClusterIP an address of this host, so that listeners can be bound to them.
    private func localRoute() throws -> (socket: NetlinkSocket, route: Route) {
        let socket = try NetlinkSocket(in: configuration.namespace)
        let range = configuration.serviceRange
        let route = Route(
            destination: IPPrefix(IPAddress(v4: range.address.raw), length: range.length),
            linkIndex: try socket.link("lo")?.index, kind: .local, table: 255)
        return (socket, route)
    }

    /// Makes ClusterIPs local.
    func prepare() async throws {
        try await BlockingPool.shared.run {
            let (socket, route) = try self.localRoute()
            try socket.addRoute(route, replacing: true)
        }
    }

    func rebuild(_ change: TableChange, table: ProxyTable) async throws { await follow(table) }

    func apply(_ change: TableChange, table: ProxyTable) async throws { await follow(table) }

    /// A held port is served by the very socket that held it.
    func keep(_ port: HeldPort) async throws {
        let raw = try port.socket.duplicate().release()
        let channel = try await listener(on: port.frontend, socket: raw)
        let isWanted = state.withLock { state in
            guard state.listeners[port.frontend] == nil else { return false }
            state.listeners[port.frontend] = channel
            return true
        }
        if !isWanted { try await channel.close() }
    }

    func teardown() async throws {
        await close()
        try await BlockingPool.shared.run {
            let (socket, route) = try self.localRoute()
            do { try socket.removeRoute(route) } catch let error as LinuxError where error.code == .notFound { return }
        }
    }

    /// Closes every listener; connections that are carried end with their event loops.
    func close() async {
        let channels = state.withLock { state in
            defer { state = State() }
            return Array(state.listeners.values)
        }
        for channel in channels { await close(channel) }
    }

    // MARK: - Listeners

    private func follow(_ table: ProxyTable) async {
        let plans = table.plans
        let (missing, gone) = state.withLock { state in
            state.targets = plans
            let missing = plans.keys.filter { state.listeners[$0] == nil && !Self.isHeld($0) }
            let gone = state.listeners.filter { plans[$0.key] == nil }
            for frontend in gone.keys { state.listeners[frontend] = nil }
            return (missing.sorted(), gone)
        }
        for channel in gone.values { await close(channel) }
        for frontend in missing where frontend.transport != .sctp {
            do {
                let channel = try await listener(on: frontend, socket: nil)
                state.withLock { $0.listeners[frontend] = channel }
            } catch {
                logger.warning(
                    "a service address cannot be served", metadata: ["port": "\(frontend)", "error": "\(error)"])
            }
        }
    }

    /// Ports whose socket comes by `keep`.
    private static func isHeld(_ frontend: Frontend) -> Bool {
        frontend.reach == .everybody || frontend.address == .loopback
    }

    private func close(_ channel: any Channel) async {
        do { try await channel.close() } catch { logger.debug("a listener was closed already") }
    }

    private func listener(on frontend: Frontend, socket: Int32?) async throws -> any Channel {
        frontend.transport == .udp
            ? try await datagrams(on: frontend, socket: socket) : try await streams(on: frontend, socket: socket)
    }

    /// Sockets are made on the loop's own thread, and so in the network namespace that the loop lives in.
    private func streams(on frontend: Frontend, socket: Int32?) async throws -> any Channel {
        let (loop, children) = (group.next(), group)
        return try await loop.flatSubmit {
            let bootstrap = ServerBootstrap(group: loop, childGroup: children)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 1024)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in self.carry(channel, for: frontend) }
            if let socket { return bootstrap.withBoundSocket(socket) }
            return bootstrap.bind(host: frontend.address.description, port: Int(frontend.port))
        }.get()
    }

    private func datagrams(on frontend: Frontend, socket: Int32?) async throws -> any Channel {
        let loop = group.next()
        return try await loop.flatSubmit {
            let bootstrap = DatagramBootstrap(group: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramRelay { client in self.backend(of: frontend, client: client) })
                }
            }
            if let socket { return bootstrap.withBoundSocket(socket) }
            return bootstrap.bind(host: frontend.address.description, port: Int(frontend.port))
        }.get()
    }

    // MARK: - Connections

    /// The endpoint for a client, by the same slots as the kernel's.
    private func backend(of frontend: Frontend, client: IPv4Address?) -> Backend? {
        guard let plan = state.withLock({ $0.targets[frontend] }), !plan.slots.isEmpty else { return nil }
        let isSticky = plan.chain?.description.hasPrefix("sticky") ?? false
        let number =
            isSticky ? StableHash.of(client?.description ?? "") : effects.random.next()
        return plan.slots[Int(number % UInt64(plan.slots.count))]
    }

    private func carry(_ client: any Channel, for frontend: Frontend) -> EventLoopFuture<Void> {
        let address = client.remoteAddress?.ipAddress.flatMap { IPv4Address($0) }
        guard let backend = backend(of: frontend, client: address),
            connections.add(1, ordering: .relaxed).newValue <= Self.connectionLimit
        else { return client.close() }
        client.closeFuture.whenComplete { _ in self.connections.subtract(1, ordering: .relaxed) }
        return ClientBootstrap(group: client.eventLoop)
            .connectTimeout(.seconds(5))
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: backend.address.description, port: Int(backend.port))
            .flatMap { server in StreamRelay.join(client, server) }
            .flatMapError { _ in client.close() }
    }
}
