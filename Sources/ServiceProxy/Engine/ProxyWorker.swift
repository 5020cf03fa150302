import Cluster
import Document
import Effects
import EventBus
import Logging
import NFTables
import SystemLinux

/// Carries Service traffic from the store to the data plane, one batch after the other.
actor ProxyWorker {
    /// The first and the longest pause after the data plane refused everything.
    private static let retryPause: (first: Duration, longest: Duration) = (.seconds(1), .seconds(30))

    private let store: ClusterStore
    private let reader: ServiceReader
    private let plane: any DataPlane
    private let names: (any ServiceNameSink)?
    private let namespace: OwnedFD?
    private let inbox: ProxyInbox
    private let bus: EventBus
    private let effects: Effects
    private let logger: Logger

    private var table = ProxyTable()
    private var held: [Frontend: HeldPort] = [:]
    private var pause = retryPause.first

    init(
        store: ClusterStore,
        configuration: ServiceProxyConfiguration,
        plane: any DataPlane,
        names: (any ServiceNameSink)?,
        inbox: ProxyInbox,
        bus: EventBus,
        effects: Effects,
        logger: Logger
    ) {
        self.store = store
        reader = ServiceReader(nodeAddress: configuration.nodeAddress)
        self.plane = plane
        self.names = names
        namespace = configuration.namespace
        self.inbox = inbox
        self.bus = bus
        self.effects = effects
        self.logger = logger
    }

    /// Programs everything there is: the Services of the store and the ports of containers that live on.
    func begin(_ ports: [PortRecords.Entry]) async throws {
        for entry in ports {
            _ = table.update([
                .container(entry.container): ServiceTraffic(
                    container: entry.container, ports: entry.ports, target: entry.target)
            ])
        }
        try await rebuild(causes: [:])
    }

    /// Works until the inbox closes.
    func run() async {
        for await _ in inbox.wakes {
            let batch = inbox.take()
            if !batch.isEmpty { await carryOut(batch) }
        }
    }

    // MARK: - One batch

    private func carryOut(_ batch: ProxyInbox.Batch) async {
        do {
            if batch.isResync {
                for port in batch.ports { _ = table.update([port.key: port.traffic]) }
                try await rebuild(causes: batch.services)
            } else {
                try await update(batch)
            }
            pause = Self.retryPause.first
            for port in batch.ports { port.done.resume() }
        } catch {
            await recover(from: error, batch)
        }
    }

    private func update(_ batch: ProxyInbox.Batch) async throws {
        let revision = store.resourceVersion
        let slices = slices(of: Set(batch.services.keys))
        var wanted: [ServiceKey: ServiceTraffic?] = [:]
        for key in batch.services.keys { wanted[key] = .some(await read(key, slices: slices[key] ?? [])) }
        for port in batch.ports { wanted[port.key] = .some(port.traffic) }
        let before = table
        let fresh = await hold(wanted)
        let change = table.update(fresh.wanted)
        if !change.isEmpty { try await plane.apply(change, table: table) }
        try await keep(fresh.ports)
        dropUnused()
        for (key, cause) in batch.services {
            publish(key, hadTraffic: before.traffic(of: key) != nil, slices: slices[key] ?? [], revision, cause)
        }
    }

    /// Reads everything again and makes the data plane anew.
    private func rebuild(causes: [ServiceKey: Cause?]) async throws {
        let revision = store.resourceVersion
        let services = store.all(.services).map { ServiceKey(namespace: $0.namespace, name: $0.name) }
        let slices = slices(of: Set(services))
        var wanted: [ServiceKey: ServiceTraffic?] = [:]
        let gone = table.serviceKeys.subtracting(services).filter { !$0.namespace.isEmpty }
        for key in gone { wanted[key] = .some(nil) }
        for key in services { wanted[key] = .some(await read(key, slices: slices[key] ?? [])) }
        for key in (names?.services ?? []).subtracting(services) { names?.replace(key, with: nil) }
        let fresh = await hold(wanted)
        _ = table.update(fresh.wanted)
        try await plane.rebuild(table.everything, table: table)
        try await keep(fresh.ports)
        dropUnused()
        for key in services { publish(key, hadTraffic: false, slices: slices[key] ?? [], revision, causes[key] ?? nil) }
        for key in gone { publish(key, hadTraffic: true, slices: [], revision, causes[key] ?? nil) }
    }

    /// An element that was not as we thought: only making everything anew helps. When that fails as well, the ports'
    /// callers hear it, and the rest is tried again later.
    private func recover(from error: any Error, _ batch: ProxyInbox.Batch) async {
        logger.warning("service traffic is programmed anew", metadata: ["error": "\(error)"])
        do {
            try await rebuild(causes: batch.services)
            for port in batch.ports { port.done.resume() }
        } catch {
            logger.error("service traffic cannot be programmed", metadata: ["error": "\(error)"])
            for port in batch.ports {
                _ = table.update([port.key: nil])
                port.done.resume(throwing: error)
            }
            let wait = pause
            pause = min(pause * 2, Self.retryPause.longest)
            Task { [inbox, effects] in
                // Only cancellation ends the sleep early, and nobody has this task to cancel it.
                try? await effects.time.sleep(for: wait)
                inbox.resync()
            }
        }
    }

    // MARK: - Reading

    private func slices(of keys: Set<ServiceKey>) -> [ServiceKey: [StoredObject]] {
        var found: [ServiceKey: [StoredObject]] = [:]
        for namespace in Set(keys.map(\.namespace)) {
            for slice in store.all(.endpointSlices, namespace: namespace) {
                guard let service = slice.labels[ServiceReader.serviceLabel] else { continue }
                let key = ServiceKey(namespace: namespace, name: service)
                if keys.contains(key) { found[key, default: []].append(slice) }
            }
        }
        return found
    }

    private func read(_ key: ServiceKey, slices: [StoredObject]) async -> ServiceTraffic? {
        let object = store.get(ObjectKey(.services, namespace: key.namespace, name: key.name))
        guard let service = object?.value else {
            names?.replace(key, with: nil)
            return nil
        }
        let values = slices.map(\.value)
        names?.replace(key, with: ServiceNameReader.name(service: service, slices: values))
        return reader.traffic(service: service, slices: values, key: key)
    }

    // MARK: - Loopback ports

    /// Takes the loopback ports that Services want and that are free; what somebody else has is left out and logged.
    private func hold(
        _ wanted: [ServiceKey: ServiceTraffic?]
    ) async -> (wanted: [ServiceKey: ServiceTraffic?], ports: [HeldPort]) {
        var fresh: [HeldPort] = []
        var completed: [ServiceKey: ServiceTraffic?] = [:]
        for (key, traffic) in wanted {
            guard let traffic else {
                completed[key] = .some(nil)
                continue
            }
            for frontend in traffic.ports.flatMap(\.loopbacks) where held[frontend] == nil {
                guard let port = await take(frontend, for: key) else { continue }
                held[frontend] = port
                fresh.append(port)
            }
            let available = Set(held.keys)
            completed[key] = ServiceTraffic(key: key, ports: traffic.ports.map { $0.with(loopbacks: available) })
        }
        return (completed, fresh)
    }

    private func take(_ frontend: Frontend, for key: ServiceKey) async -> HeldPort? {
        do {
            return try await BlockingPool.shared.run { [namespace] in try HeldPort.take(frontend, in: namespace) }
        } catch {
            logger.notice(
                "a service does not answer on loopback",
                metadata: ["service": "\(key)", "port": "\(frontend)", "error": "\(error)"])
            return nil
        }
    }

    private func keep(_ ports: [HeldPort]) async throws {
        for port in ports { try await plane.keep(port) }
    }

    private func dropUnused() {
        for frontend in held.keys where table.owner(of: frontend) == nil { held[frontend] = nil }
    }

    // MARK: - Telling

    private func publish(
        _ key: ServiceKey,
        hadTraffic: Bool,
        slices: [StoredObject],
        _ revision: UInt64,
        _ cause: Cause?
    ) {
        let subject = Subject.object("services", namespace: key.namespace, name: key.name)
        guard let traffic = table.traffic(of: key) else {
            if hadTraffic {
                bus.publish(
                    .service(.withdrawn(namespace: key.namespace, name: key.name)), subject: subject,
                    module: .serviceProxy, cause: cause)
            }
            return
        }
        let object = store.get(ObjectKey(.services, namespace: key.namespace, name: key.name))
        bus.publish(
            .service(
                .programmed(
                    namespace: key.namespace, name: key.name, serviceRevision: object?.resourceVersion ?? revision,
                    endpointsRevision: max(revision, slices.map(\.resourceVersion).max() ?? 0),
                    endpoints: traffic.backendCount
                )
            ),
            subject: subject, module: .serviceProxy, cause: cause)
    }

    /// Gives up every port that is held.
    func releaseAll() { held = [:] }
}
