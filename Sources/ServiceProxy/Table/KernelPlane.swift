import NFTables
import SystemLinux

/// Service traffic by packet rules: once programmed, no packet passes this process.
struct KernelPlane: DataPlane {
    let rules: PacketRules
    let shape: ProxyRules
    let connections: ConnectionTracking

    func rebuild(_ change: TableChange, table: ProxyTable) async throws {
        var whole = shape.skeleton
        whole.append(contentsOf: shape.transaction(for: change).commands)
        try await rules.apply(rules.replacing(shape.table, with: whole))
    }

    func apply(_ change: TableChange, table: ProxyTable) async throws {
        try await rules.apply(shape.transaction(for: change))
        try await forget(change.staleFlows)
    }

    /// A listening socket keeps others from the port; the rules see to it that no connection ever reaches it.
    func keep(_ port: HeldPort) async throws {
        guard port.frontend.transport == .tcp else { return }
        do throws(LinuxError) {
            try InternetSocket.listen(port.socket, backlog: 1)
        } catch {
            guard error.errno == .addressInUse else { throw error }
            throw PortOccupant.error(for: port.frontend)
        }
    }

    func teardown() async throws { try await rules.remove(shape.table) }

    /// Forgets UDP flows to endpoints that are gone, so that their clients' next packets find another one.
    private func forget(_ flows: Set<StaleFlow>) async throws {
        guard !flows.isEmpty else { return }
        try await BlockingPool.shared.run { [connections] in
            for connection in try connections.connections() where connection.protocolNumber == 17 {
                guard let flow = StaleFlow(connection), flows.contains(flow) else { continue }
                try connections.remove(connection)
            }
        }
    }
}

extension StaleFlow {
    /// The flow of a tracked UDP connection.
    fileprivate init?(_ connection: TrackedConnection) {
        guard let address = connection.destination.v4, let backend = connection.replySource.v4 else { return nil }
        frontend = Frontend(IPv4Address(raw: address), .udp, connection.destinationPort)
        self.backend = Backend(IPv4Address(raw: backend), connection.replySourcePort)
    }
}
