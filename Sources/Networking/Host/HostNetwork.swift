import NFTables
import SystemLinux

/// What the engine changes in the host's network: links, addresses, routes. All calls block.
struct HostNetwork: Sendable {
    /// The metric of the routes that keep packets at home: the worst there is, so that any real route wins.
    static let fallbackMetric: UInt32 = UInt32.max
    /// The route tables of the kernel that matter here.
    private static let localTable: UInt32 = 255
    /// Ethernet's packet size, when no uplink says anything else.
    static let defaultMTU: UInt32 = 1500

    /// The namespace that is the host for this engine; nil for the process's own.
    let namespace: OwnedFD?
    let netlink: NetlinkSocket

    init(namespace: OwnedFD?) throws {
        self.namespace = namespace
        netlink = try NetlinkSocket(in: namespace)
    }

    /// Runs `body` on a thread in the host's network namespace.
    func inside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        guard let namespace else { return try body() }
        return try Namespaces.inside(namespace, .network, body)
    }

    // MARK: - What is there

    /// All IPv4 ranges that the host routes or has addresses in, except by way of links whose names begin so.
    func takenRanges(exceptLinksBeginning prefix: String, exceptRanges own: Set<IPv4Prefix>) throws -> [IPv4Prefix] {
        let ours = Set(try netlink.links().filter { $0.name.hasPrefix(prefix) }.map(\.index))
        let routed = try netlink.routes().compactMap { route -> IPv4Prefix? in
            if let link = route.linkIndex, ours.contains(link) { return nil }
            guard route.table != Self.localTable, let range = route.destination.flatMap(IPv4Prefix.init) else {
                return nil
            }
            return own.contains(range) ? nil : range
        }
        let addresses = try netlink.addresses().compactMap { address -> IPv4Prefix? in
            ours.contains(address.linkIndex) ? nil : IPv4Prefix(address.prefix)
        }
        return routed + addresses
    }

    /// The packet size of the link that the default route leaves by.
    func uplinkMTU() throws -> UInt32 {
        let defaults = try netlink.routes().filter {
            $0.kind == .unicast
                && $0.destination.map { $0.length == 0 && $0.address.isV4 } ?? ($0.gateway?.isV4 ?? true)
        }
        let sizes = try netlink.links().filter { link in defaults.contains { $0.linkIndex == link.index } }.map(\.mtu)
        return sizes.min() ?? Self.defaultMTU
    }

    // MARK: - Bridges

    /// Makes the bridge of a network with its address, or completes one that is there. Returns its number.
    func ensureBridge(_ name: String, network: NetworkRecord, mtu: UInt32) throws -> Int32 {
        if try netlink.link(name) == nil {
            let change = LinkChange(
                hardwareAddress: InterfaceNames.hardwareAddress(for: network.gateway), mtu: mtu
            )
            try netlink.addBridge(name, change)
        }
        guard let bridge = try netlink.link(name) else {
            throw NetworkError(.kernel, "bridge \(name) went away while it was being set up")
        }
        // IPv6 would add addresses and multicast that nobody asked for; loopback routing is what lets connections to
        // 127.0.0.1 go on to a pod. The rules drop loopback packets from everybody else before they do harm.
        try inside {
            try Switch(name: "net/ipv6/conf/\(name)/disable_ipv6").set("1", ifExists: true)
            try Switch(name: "net/ipv4/conf/\(name)/route_localnet").set("1")
            try Switch(name: "net/ipv4/conf/\(name)/send_redirects").set("0")
        }
        // On a routed network the bridge reaches exactly the addresses that are given out, one route each: everything
        // else in the range meets the unreachable route and is refused at once.
        let length: UInt8 = network.mode == .routed ? 32 : network.range.length
        try tolerating(.alreadyExists) {
            try netlink.addAddress(try prefix(network.gateway, length: length), to: bridge.index)
        }
        try netlink.setLink(bridge.index, LinkChange(up: true))
        return bridge.index
    }

    /// Removes every link whose name begins so; returns how many there were.
    @discardableResult
    func removeLinks(beginning prefixes: [String], keeping kept: Set<String> = []) throws -> Int {
        let doomed = try netlink.links().filter { link in
            prefixes.contains { link.name.hasPrefix($0) } && !kept.contains(link.name)
        }
        for link in doomed { try tolerating(.notFound) { try netlink.removeLink(link.index) } }
        return doomed.count
    }

    /// Removes one link if it is there.
    func removeLink(_ name: String) throws {
        guard let link = try netlink.link(name) else { return }
        try tolerating(.notFound) { try netlink.removeLink(link.index) }
    }

    // MARK: - Routes

    /// Keeps a range at home: packets that no better route takes are refused at once instead of leaving.
    func addFallbackRoute(_ range: IPv4Prefix) throws {
        try netlink.addRoute(fallback(range), replacing: true)
    }

    /// Removes what `addFallbackRoute` made.
    func removeFallbackRoute(_ range: IPv4Prefix) throws {
        try tolerating(.notFound) { try netlink.removeRoute(fallback(range)) }
    }

    private func fallback(_ range: IPv4Prefix) -> Route {
        Route(destination: IPPrefix(range), kind: .unreachable, metric: Self.fallbackMetric)
    }

    /// Sends a range to a bridge; connections of the host begin at `source`.
    func addRoute(_ range: IPv4Prefix, bridge: Int32, source: IPv4Address) throws {
        try netlink.addRoute(
            Route(destination: IPPrefix(range), linkIndex: bridge, preferredSource: IPAddress(v4: source.raw)),
            replacing: true
        )
    }

    /// Removes what `addRoute` made.
    func removeRoute(_ range: IPv4Prefix, bridge: Int32) throws {
        try tolerating(.notFound) {
            try netlink.removeRoute(Route(destination: IPPrefix(range), linkIndex: bridge))
        }
    }

    /// Ignores failures of one kind.
    private func tolerating(_ code: LinuxError.Code, _ body: () throws -> Void) throws {
        do { try body() } catch let error as LinuxError where error.code == code { return }
    }

    private func prefix(_ address: IPv4Address, length: UInt8) throws -> IPPrefix {
        guard let prefix = IPPrefix(IPAddress(v4: address.raw), length: length) else {
            throw NetworkError(.kernel, "address \(address)/\(length) is malformed")
        }
        return prefix
    }
}

extension IPPrefix {
    init?(_ range: IPv4Prefix) { self.init(IPAddress(v4: range.address.raw), length: range.length) }
}

extension IPv4Prefix {
    init?(_ prefix: IPPrefix) {
        guard let raw = prefix.address.v4 else { return nil }
        self.init(IPv4Address(raw: raw), length: prefix.length)
    }
}
