import Effects
import Logging
import NFTables
import SystemLinux

extension NetworkEngine {
    /// All networks with a bridge, oldest first.
    public func allNetworks() -> [NetworkRecord] {
        networks.values.map(\.record).sorted { ($0.created, $0.name) < ($1.created, $1.name) }
    }

    /// The network of this name or id, an unambiguous beginning of an id, or `pod` and `default` for the cluster's
    /// own. Throws code `unknownNetwork`.
    public func network(named name: String) throws(NetworkError) -> NetworkRecord { try state(of: name).record }

    /// Makes a network whose endpoints are neighbours on a bridge of their own. `range` nil chooses one that is free.
    public func createNetwork(
        name: String,
        range: IPv4Prefix? = nil,
        isInternal: Bool = false,
        labels: [String: String] = [:]
    ) async throws(NetworkError) -> NetworkRecord {
        try checkNewName(name)
        let planner = try await planner()
        if let range {
            guard (8...29).contains(range.length) else {
                throw NetworkError(.rangeClash, "range \(range) is not usable: choose one between /8 and /29")
            }
            if let clash = planner.clash(with: range) {
                throw NetworkError(.rangeClash, "range \(range) overlaps \(clash): choose another one")
            }
        }
        let chosen: IPv4Prefix
        if let range { chosen = range } else { chosen = try planner.networkRange() }
        let record = NetworkRecord(
            id: effects.hexID(), name: name, mode: .bridged, range: chosen,
            isInternal: isInternal, labels: labels, created: effects.now.nanoseconds
        )
        // The wait for the host's routes may have let another caller in.
        try checkNewName(name)
        try await store.save(record)
        do throws(NetworkError) {
            try await raise(record, cursor: nil)
            try await applyRules()
            try await dns.listen(on: record.gateway, port: configuration.dnsPort)
        } catch {
            await takeDown(record)
            throw error
        }
        return record
    }

    /// Removes a network without endpoints.
    public func removeNetwork(_ name: String) async throws(NetworkError) {
        let state = try state(of: name)
        guard state.record.id != Self.defaultNetworkID else {
            throw NetworkError(.predefinedNetwork, "network \(state.record.name) is predefined and cannot be removed")
        }
        let users = attachments.filter { $0.value[state.record.id] != nil }.keys.sorted()
        guard users.isEmpty else {
            throw NetworkError(
                .networkInUse,
                "network \(state.record.name) has active endpoints: disconnect \(users.joined(separator: ", "))"
            )
        }
        await takeDown(state.record)
        try await applyRules()
    }

    private func takeDown(_ record: NetworkRecord) async {
        networks[record.id] = nil
        names.removeNetwork(record.id)
        await dns.stopListening(on: record.gateway)
        let bridge = interfaces.bridge(network: record.id)
        do throws(NetworkError) {
            try await Self.blocking("remove bridge \(bridge)") { [host] in try host.removeLink(bridge) }
            try await store.removeNetwork(id: record.id)
        } catch {
            // The next start finds a bridge without a record and removes it.
            logger.error(
                "a network could not be removed whole",
                metadata: ["network.name": "\(record.name)", "error": "\(error)"])
        }
    }

    private func checkNewName(_ name: String) throws(NetworkError) {
        guard !Self.predefinedNetworks.contains(name), name != "pod", name != "default" else {
            throw NetworkError(.predefinedNetwork, "network name \(name) is taken by a predefined network")
        }
        guard networks.values.allSatisfy({ $0.record.name != name }) else {
            throw NetworkError(.networkExists, "network with name \(name) already exists")
        }
        guard networks.count < Self.networkLimit else {
            throw NetworkError(.noFreeRange, "there are \(Self.networkLimit) networks already: remove unused ones")
        }
        // docker's rule for object names: [a-zA-Z0-9][a-zA-Z0-9_.-]*
        let valid =
            name.utf8.count <= 128 && !name.isEmpty
            && name.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): index > 0
                default: false
                }
            }
        guard valid else {
            throw NetworkError(.invalidName, "network name \"\(name)\" is invalid: use letters, digits, _ . and -")
        }
    }

    private func planner() async throws(NetworkError) -> RangePlanner {
        let mine = networks.values.map(\.record.range) + [ranges.services]
        let prefix = interfaces.bridgePrefix
        let taken = try await Self.blocking("list the host's routes") { [host] in
            try host.takenRanges(exceptLinksBeginning: prefix, exceptRanges: [])
        }
        return RangePlanner(avoiding: taken + mine)
    }

    func state(of name: String) throws(NetworkError) -> NetworkState {
        let wanted = name == "pod" || name == "default" || name.isEmpty ? Self.defaultNetwork : name
        if let state = networks[wanted] ?? networks.values.first(where: { $0.record.name == wanted }) { return state }
        let matches = wanted.utf8.count >= 12 ? networks.values.filter { $0.record.id.hasPrefix(wanted) } : []
        guard matches.count == 1, let only = matches.first else {
            throw NetworkError(.unknownNetwork, "network \(name) not found: create it first")
        }
        return only
    }

    // MARK: - Start

    func restoreNetworks() async throws(NetworkError) {
        var kept = try await store.networks()
        if !kept.contains(where: { $0.record.id == Self.defaultNetworkID }) {
            let record = NetworkRecord(
                id: Self.defaultNetworkID, name: Self.defaultNetwork, mode: .routed, range: ranges.pods, created: 0
            )
            try await store.save(record)
            kept.insert((record, record.gateway), at: 0)
        }
        let bridges = Set(kept.map { interfaces.bridge(network: $0.record.id) })
        let prefix = interfaces.bridgePrefix
        try await Self.blocking("remove stale bridges") { [host] in
            _ = try host.removeLinks(beginning: [prefix], keeping: bridges)
        }
        for (record, cursor) in kept { try await raise(record, cursor: cursor) }
    }

    private func raise(_ record: NetworkRecord, cursor: IPv4Address?) async throws(NetworkError) {
        let name = interfaces.bridge(network: record.id)
        let services = record.id == Self.defaultNetworkID ? ranges.services : nil
        let bridge = try await Self.blocking("set up bridge \(name)") { [host, mtu] in
            let index = try host.ensureBridge(name, network: record, mtu: mtu)
            // A process of the host that connects to a ClusterIP needs a route to begin at all; the translation
            // then sends the packet elsewhere, and what is not translated is rejected by the rules.
            if let services { try host.addRoute(services, bridge: index, source: record.gateway) }
            return index
        }
        networks[record.id] = NetworkState(
            record: record, bridge: bridge, pool: AddressPool(range: record.range, cursor: cursor))
        names.addNetwork(record.id, prefix: record.range)
    }

    func applyRules() async throws(NetworkError) {
        guard let rules else { return }
        let desired = NetworkRules(cluster: configuration.cluster, ranges: ranges, networks: allNetworks())
        let opening = FirewallOpening(cluster: configuration.cluster, hostTCPPorts: configuration.hostTCPPorts)
        do throws(NFTablesError) {
            try await rules.apply(rules.replacing(desired.table, with: desired.transaction))
        } catch {
            throw NetworkError(.kernel, "cannot program the packet rules of the networks", cause: error)
        }
        do throws(NFTablesError) {
            let pass = opening.opening(try await rules.foreignChains())
            if !pass.isEmpty {
                try await rules.apply(pass)
                logger.info("let the cluster's packets pass another program's firewall")
            }
        } catch {
            throw NetworkError(
                .firewallBlocks, "the host's firewall drops forwarded packets and takes no rule from us", cause: error)
        }
    }
}
