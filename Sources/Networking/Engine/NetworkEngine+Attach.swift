import Logging
import NFTables
import SystemLinux

extension NetworkEngine {
    /// Connects a sandbox to a network and returns its address once packets flow.
    ///
    /// The address is recorded before the kernel is touched, so that a crash in between leaves a lease that
    /// `reconcile` gives back, never an address that is given out twice.
    public func attach(_ wish: SandboxEndpoint) async throws(NetworkError) -> SandboxAttachment {
        let state = try state(of: wish.network)
        let network = state.record
        guard attachments[wish.sandbox]?[network.id] == nil else {
            throw NetworkError(.alreadyAttached, "sandbox \(wish.sandbox) is on network \(network.name) already")
        }
        let address = try lease(on: network, wish.address)
        let attachment = SandboxAttachment(
            sandbox: wish.sandbox, network: network, address: address,
            hostInterface: interfaces.cable(sandbox: wish.sandbox, network: network.id), interface: wish.interface,
            hardwareAddress: wish.hardwareAddress ?? InterfaceNames.hardwareAddress(for: address),
            dns: dnsConfiguration(for: network)
        )
        // Taken before the first wait: a second caller for the same sandbox is refused instead of racing.
        attachments[wish.sandbox, default: [:]][network.id] = attachment
        do throws(NetworkError) {
            try await store.save(record(of: attachment, names: wish.names), cursor: address)
            try await connect(attachment, wish, bridge: state.bridge)
        } catch {
            await forget(attachment)
            throw error
        }
        names.setEndpoint(
            network: network.id, owner: wish.sandbox, names: Self.published(wish.names, on: network), address: address)
        return attachment
    }

    /// Takes a sandbox off one network, or off all. Harmless when it is on none or its namespace is gone.
    public func detach(sandbox: String, network name: String? = nil) async throws(NetworkError) {
        var only: String?
        if let name { only = try state(of: name).record.id }
        for attachment in (attachments[sandbox] ?? [:]).values where only == nil || only == attachment.network.id {
            try await disconnect(attachment)
            await forget(attachment)
        }
    }

    /// The connections of a sandbox.
    public func attachments(of sandbox: String) -> [SandboxAttachment] {
        (attachments[sandbox] ?? [:]).values.sorted { $0.interface < $1.interface }
    }

    /// The connections of a network.
    public func endpoints(of network: String) throws(NetworkError) -> [SandboxAttachment] {
        let id = try state(of: network).record.id
        return attachments.values.compactMap { $0[id] }.sorted { $0.address < $1.address }
    }

    /// Gives back everything of sandboxes that are not in `live`; called once the runtime knows what survived.
    public func reconcile(live: Set<String>) async throws(NetworkError) {
        for sandbox in attachments.keys.filter({ !live.contains($0) }) { try await detach(sandbox: sandbox) }
        let known = Set(attachments.values.flatMap(\.values).map(\.hostInterface))
        let prefix = interfaces.cablePrefix
        let removed = try await Self.blocking("remove stale cables") { [host] in
            try host.removeLinks(beginning: [prefix], keeping: known)
        }
        if removed > 0 { logger.info("removed stale cables", metadata: ["network.cables": "\(removed)"]) }
    }

    // MARK: - Parts

    private func lease(on network: NetworkRecord, _ wanted: IPv4Address?) throws(NetworkError) -> IPv4Address {
        guard var pool = networks[network.id]?.pool else {
            throw NetworkError(.unknownNetwork, "network \(network.name) not found: create it first")
        }
        let address = try pool.lease(wanted)
        networks[network.id]?.pool = pool
        return address
    }

    private func record(of attachment: SandboxAttachment, names: [String]) -> LeaseRecord {
        LeaseRecord(
            network: attachment.network.id, sandbox: attachment.sandbox, address: attachment.address,
            hostInterface: attachment.hostInterface, interface: attachment.interface, names: names
        )
    }

    private func connect(_ attachment: SandboxAttachment, _ wish: SandboxEndpoint, bridge: Int32)
        async throws(NetworkError)
    {
        let cable = HostNetwork.Cable(
            hostInterface: attachment.hostInterface, interface: attachment.interface, address: attachment.address,
            hardwareAddress: attachment.hardwareAddress, network: attachment.network, bridge: bridge, mtu: mtu,
            isDefaultRoute: wish.isDefaultRoute
        )
        try await Self.blocking("connect sandbox \(wish.sandbox) to network \(attachment.network.name)") { [host] in
            try host.connect(cable, to: try Namespaces.open(wish.namespacePath, .network))
        }
    }

    private func disconnect(_ attachment: SandboxAttachment) async throws(NetworkError) {
        let bridge = networks[attachment.network.id]?.bridge
        let isRouted = attachment.network.mode == .routed
        let cable = (attachment.hostInterface, attachment.address)
        try await Self.blocking("take sandbox \(attachment.sandbox) off network \(attachment.network.name)") { [host] in
            try host.disconnect(cable, bridge: bridge, isRouted: isRouted)
        }
    }

    private func forget(_ attachment: SandboxAttachment) async {
        let (sandbox, network) = (attachment.sandbox, attachment.network.id)
        names.removeEndpoint(network: network, owner: sandbox)
        do throws(NetworkError) {
            try await store.removeLease(network: network, sandbox: sandbox)
        } catch {
            logger.error("a lease could not be given back", metadata: ["sandbox": "\(sandbox)", "error": "\(error)"])
        }
        networks[network]?.pool.release(attachment.address)
        attachments[sandbox]?[network] = nil
        if attachments[sandbox]?.isEmpty == true { attachments[sandbox] = nil }
    }

    private func dnsConfiguration(for network: NetworkRecord) -> ResolverConfiguration {
        // Our server forwards, so one label is asked at once, as docker's embedded server wants it.
        ResolverConfiguration(servers: [network.gateway], search: [], options: ["ndots:0"])
    }

    /// The cluster's own network has no names of containers, like docker's default bridge.
    private static func published(_ names: [String], on network: NetworkRecord) -> [DNSName] {
        network.mode == .routed ? [] : names.compactMap { DNSName($0) }
    }

    func restoreAttachments() async throws(NetworkError) {
        let links = try await Self.blocking("list links") { [host] in Set(try host.netlink.links().map(\.name)) }
        for lease in try await store.leases() {
            // After a reboot, or when the sandbox's namespace went, the cable is gone and the lease with it.
            guard var state = networks[lease.network], links.contains(lease.hostInterface) else {
                try await store.removeLease(network: lease.network, sandbox: lease.sandbox)
                continue
            }
            // An address that cannot be taken again is not given out either way; only the record would be wrong.
            guard (try? state.pool.lease(lease.address)) != nil else { continue }
            networks[lease.network] = state
            let attachment = SandboxAttachment(
                sandbox: lease.sandbox, network: state.record, address: lease.address,
                hostInterface: lease.hostInterface, interface: lease.interface,
                hardwareAddress: InterfaceNames.hardwareAddress(for: lease.address),
                dns: dnsConfiguration(for: state.record)
            )
            attachments[lease.sandbox, default: [:]][lease.network] = attachment
            names.setEndpoint(
                network: lease.network, owner: lease.sandbox, names: Self.published(lease.names, on: state.record),
                address: lease.address)
            if state.record.mode == .routed { try await repairRoute(attachment, bridge: state.bridge) }
        }
    }

    /// A bridge that was made anew has lost its routes; one that stands keeps them.
    private func repairRoute(_ attachment: SandboxAttachment, bridge: Int32) async throws(NetworkError) {
        try await Self.blocking("route to sandbox \(attachment.sandbox)") { [host] in
            try host.addRoute(
                IPv4Prefix(attachment.address, length: 32), bridge: bridge, source: attachment.network.gateway)
        }
    }
}
