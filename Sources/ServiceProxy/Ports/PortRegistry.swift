import EventBus
import Logging
import NFTables
import SystemLinux

/// Which container has which ports of the host, and the sockets that keep them.
actor PortRegistry {
    private struct Holding {
        var ports: [PublishedPort]
        var sockets: [HeldPort]
        /// Where the ports lead; nil while they are only reserved.
        var target: IPv4Address?
    }

    private let namespace: OwnedFD?
    private let records: PortRecords
    private let plane: any DataPlane
    private let inbox: ProxyInbox
    private let bus: EventBus
    private let logger: Logger
    private var holdings: [String: Holding] = [:]
    /// Ports that are being taken, by the container that takes them: two callers must not both see one as free.
    private var pending: [Frontend: String] = [:]

    init(
        configuration: ServiceProxyConfiguration, plane: any DataPlane, inbox: ProxyInbox, bus: EventBus, logger: Logger
    ) {
        namespace = configuration.namespace
        records = PortRecords(path: configuration.portRecordPath)
        self.plane = plane
        self.inbox = inbox
        self.bus = bus
        self.logger = logger
    }

    /// The containers with ports.
    var containers: [String] { holdings.keys.sorted() }

    /// The ports of a container.
    func ports(of container: String) -> [PublishedPort] { holdings[container]?.ports ?? [] }

    /// Takes over the ports of containers that outlived an earlier daemon. A port that somebody took meanwhile is
    /// given up and logged.
    func restore() async throws -> [PortRecords.Entry] {
        let entries = try await BlockingPool.shared.run { [records] in records.load() }
        var restored: [PortRecords.Entry] = []
        for entry in entries {
            var holding = Holding(ports: [], sockets: [], target: entry.target)
            for port in entry.ports {
                do {
                    let socket = try await take(port.frontend)
                    try await plane.keep(socket)
                    holding.ports.append(port)
                    holding.sockets.append(socket)
                } catch {
                    logger.warning(
                        "a published port is lost", metadata: ["port": "\(port.frontend)", "error": "\(error)"])
                }
            }
            guard !holding.ports.isEmpty else { continue }
            holdings[entry.container] = holding
            restored.append(
                PortRecords.Entry(container: entry.container, target: entry.target, ports: holding.ports))
        }
        return restored
    }

    func reserve(container: String, _ wishes: [PortWish]) async throws(ServiceProxyError) -> [PublishedPort] {
        if let holding = holdings[container] { return holding.ports }
        let count = holdings.values.reduce(0) { $0 + $1.ports.count }
        guard count + wishes.count <= ServiceProxy.publishedLimit else {
            throw ServiceProxyError(
                .limit, "\(ServiceProxy.publishedLimit) ports are published already: remove containers")
        }
        var sockets: [HeldPort] = []
        var ports: [PublishedPort] = []
        defer { pending = pending.filter { $0.value != container } }
        for wish in wishes {
            let socket = try await take(wish, for: container)
            pending[socket.frontend] = container
            sockets.append(socket)
            ports.append(
                PublishedPort(
                    container: container, hostAddress: wish.hostAddress, hostPort: socket.frontend.port,
                    transport: wish.transport, containerPort: wish.containerPort))
        }
        holdings[container] = Holding(ports: ports, sockets: sockets, target: nil)
        return ports
    }

    func activate(container: String, target: IPv4Address, cause: Cause?) async throws(ServiceProxyError) {
        guard let holding = holdings[container] else {
            throw ServiceProxyError(.unknownReservation, "container \(container) has reserved no ports")
        }
        // After a restart of the daemon everything is in place already.
        guard holding.target != target, !holding.ports.isEmpty else { return }
        let traffic = ServiceTraffic(container: container, ports: holding.ports, target: target)
        do {
            try await inbox.set(traffic.key, to: traffic)
            for socket in holding.sockets { try await plane.keep(socket) }
            holdings[container]?.target = target
            try await save()
        } catch {
            // Half-published is not published. When even this fails, the next change makes the table anew.
            try? await inbox.set(traffic.key, to: nil)
            holdings[container]?.target = nil
            if let error = error as? ServiceProxyError { throw error }
            throw ServiceProxyError(.dataPlane, "cannot publish the ports of container \(container)", cause: error)
        }
        for port in holding.ports {
            bus.publish(
                .port(
                    .published(
                        container: container, hostAddress: port.hostAddress.description, hostPort: port.hostPort,
                        containerPort: port.containerPort, protocol: port.transport.rawValue)),
                subject: Self.subject(port), module: .serviceProxy, cause: cause)
        }
    }

    func release(container: String, cause: Cause?) async {
        guard let holding = holdings.removeValue(forKey: container), !holding.ports.isEmpty else { return }
        if holding.target != nil {
            do {
                try await inbox.set(.container(container), to: nil)
                try await save()
            } catch {
                // The table is made anew sooner or later, without these ports.
                logger.error(
                    "ports could not be withdrawn", metadata: ["container": "\(container)", "error": "\(error)"])
            }
        }
        for port in holding.ports {
            bus.publish(
                .port(
                    .released(
                        container: container, hostAddress: port.hostAddress.description, hostPort: port.hostPort,
                        protocol: port.transport.rawValue)),
                subject: Self.subject(port), module: .serviceProxy, cause: cause)
        }
    }

    /// Gives up the sockets only; the records stay for the next daemon.
    func releaseSockets() { holdings = [:] }

    private static func subject(_ port: PublishedPort) -> Subject {
        .port("\(port.hostAddress):\(port.hostPort)/\(port.transport.rawValue)")
    }

    /// The first of the wished ports that is free.
    private func take(_ wish: PortWish, for container: String) async throws(ServiceProxyError) -> HeldPort {
        var refusal: ServiceProxyError?
        for port in wish.hostPorts.isEmpty ? [0] : wish.hostPorts {
            do throws(ServiceProxyError) {
                let frontend = Frontend(wish.hostAddress, wish.transport, port, reach: .everybody)
                try refuseIfHeld(frontend)
                if port != 0 { pending[frontend] = container }
                return try await take(frontend)
            } catch {
                guard error.code == .portInUse else { throw error }
                refusal = refusal ?? error
            }
        }
        throw refusal ?? ServiceProxyError(.portInUse, "no port of the host is free")
    }

    private func take(_ frontend: Frontend) async throws(ServiceProxyError) -> HeldPort {
        do {
            return try await BlockingPool.shared.run { [namespace] in try HeldPort.take(frontend, in: namespace) }
        } catch let error as ServiceProxyError {
            throw error
        } catch {
            throw ServiceProxyError(.dataPlane, "cannot take port \(frontend)", cause: error)
        }
    }

    /// Two sockets that only reserve can share a port, so the kernel does not tell this.
    private func refuseIfHeld(_ frontend: Frontend) throws(ServiceProxyError) {
        guard frontend.port != 0 else { return }
        let taken = holdings.flatMap { container, holding in holding.ports.map { ($0.frontend, container) } }
        let clash = (taken + pending.map { ($0.key, $0.value) }).first { other, _ in
            other.port == frontend.port && other.transport == frontend.transport
                && (other.address == frontend.address || other.address == .any || frontend.address == .any)
        }
        guard let clash else { return }
        throw ServiceProxyError(
            .portInUse,
            "port \(frontend.address):\(frontend.port)/\(frontend.transport.rawValue) is already in use by container "
                + "\(clash.1): choose another port or remove that container")
    }

    private func save() async throws {
        let entries = holdings.compactMap { container, holding in
            holding.target.map { PortRecords.Entry(container: container, target: $0, ports: holding.ports) }
        }
        try await BlockingPool.shared.run { [records] in try records.save(entries) }
    }
}
