import Glibc

/// An address on an interface.
public struct InterfaceAddress: Sendable, Hashable {
    /// The interface's number.
    public let linkIndex: Int32
    /// Address and network length.
    public let prefix: IPPrefix
}

/// A route of the kernel's tables.
public struct Route: Sendable, Hashable {
    /// What happens to packets that match.
    public enum Kind: UInt8, Sendable {
        /// They go to the gateway or link.
        case unicast = 1
        /// They are for this machine.
        case local = 2
        /// They are dropped silently.
        case blackhole = 6
        /// They are dropped and the sender is told (host unreachable).
        case unreachable = 7
        /// They are dropped and the sender is told (administratively prohibited).
        case prohibit = 8
    }

    /// What matches; nil is the default route of IPv4.
    public var destination: IPPrefix?
    /// The next hop; nil when the destination is on the link.
    public var gateway: IPAddress?
    /// The interface packets leave by.
    public var linkIndex: Int32?
    /// What happens to them.
    public var kind: Kind
    /// The table, 254 (main) by default.
    public var table: UInt32
    /// The metric: lower wins.
    public var metric: UInt32?
    /// The source address new connections take.
    public var preferredSource: IPAddress?

    /// Describes a route.
    public init(
        destination: IPPrefix? = nil, gateway: IPAddress? = nil, linkIndex: Int32? = nil, kind: Kind = .unicast,
        table: UInt32 = 254, metric: UInt32? = nil, preferredSource: IPAddress? = nil
    ) {
        self.destination = destination
        self.gateway = gateway
        self.linkIndex = linkIndex
        self.kind = kind
        self.table = table
        self.metric = metric
        self.preferredSource = preferredSource
    }

    /// Destination, kind and gateway in one line, for messages.
    public var summary: String {
        let target = destination.map(\.description) ?? "default"
        return gateway.map { "\(target) via \($0)" } ?? "\(target) \(kind)"
    }
}

extension NetlinkSocket {
    /// Gives an interface an address. `alreadyExists` when it has it.
    public func addAddress(_ prefix: IPPrefix, to linkIndex: Int32) throws(LinuxError) {
        var message = NetlinkMessage(type: RouteMessage.newAddress, flags: RouteMessage.create)
        appendAddress(prefix, linkIndex, to: &message)
        if let number = prefix.address.v4, prefix.length < 31 {
            let broadcast = IPAddress(v4: number | (UInt32.max >> UInt32(prefix.length)))
            message.attribute(RouteAttribute.addressBroadcast, broadcast.bytes)
        }
        try perform(message, "add address", prefix.description)
    }

    /// Takes an address away.
    public func removeAddress(_ prefix: IPPrefix, from linkIndex: Int32) throws(LinuxError) {
        var message = NetlinkMessage(type: RouteMessage.deleteAddress, flags: RouteMessage.acknowledge)
        appendAddress(prefix, linkIndex, to: &message)
        try perform(message, "remove address", prefix.description)
    }

    /// All addresses of the namespace, IPv4 and IPv6.
    public func addresses() throws(LinuxError) -> [InterfaceAddress] {
        var message = NetlinkMessage(type: RouteMessage.getAddress, flags: RouteMessage.dump)
        for byte in [UInt8(AF_UNSPEC), 0, 0, 0] { message.append(byte) }
        message.append(UInt32(0))
        return try exchange(message, "list addresses", "").compactMap { part in
            guard part.type == RouteMessage.newAddress, part.body.count >= 8 else { return nil }
            let attributes = NetlinkReader.attributes(part.body, after: 8)
            // On point-to-point links ADDRESS is the peer and LOCAL is ours; IPv6 has only ADDRESS.
            let own =
                attributes.first { $0.type == RouteAttribute.addressLocal }
                ?? attributes.first { $0.type == RouteAttribute.address }
            guard let own, let address = IPAddress(bytes: Array(own.content)),
                let prefix = IPPrefix(address, length: part.body[part.body.startIndex + 1])
            else { return nil }
            return InterfaceAddress(linkIndex: NetlinkReader.number(part.body, at: 4), prefix: prefix)
        }
    }

    /// Adds a route; `alreadyExists` when one with this destination and metric is there, unless `replacing`.
    public func addRoute(_ route: Route, replacing: Bool = false) throws(LinuxError) {
        let flags = replacing ? RouteMessage.replace : RouteMessage.create
        try perform(routeMessage(RouteMessage.newRoute, flags, route), "add route", route.summary)
    }

    /// Removes a route.
    public func removeRoute(_ route: Route) throws(LinuxError) {
        let message = routeMessage(RouteMessage.deleteRoute, RouteMessage.acknowledge, route)
        try perform(message, "remove route", route.summary)
    }

    /// All routes of all tables, IPv4 and IPv6; kinds Skiff never makes (broadcast, multicast …) are left out.
    public func routes() throws(LinuxError) -> [Route] {
        var message = NetlinkMessage(type: RouteMessage.getRoute, flags: RouteMessage.dump)
        for _ in 0..<3 { message.append(UInt32(0)) }
        return try exchange(message, "list routes", "").compactMap(Self.decodeRoute)
    }

    /// Tells the kernel for good which hardware address an address has.
    public func addNeighbour(
        _ address: IPAddress, hardwareAddress: [UInt8], on linkIndex: Int32
    ) throws(LinuxError) {
        var message = NetlinkMessage(type: RouteMessage.newNeighbour, flags: RouteMessage.replace)
        appendNeighbour(address, linkIndex, to: &message)
        message.attribute(RouteAttribute.neighbourLinkAddress, hardwareAddress)
        try perform(message, "add neighbour", address.description)
    }

    /// Forgets a neighbour.
    public func removeNeighbour(_ address: IPAddress, on linkIndex: Int32) throws(LinuxError) {
        var message = NetlinkMessage(type: RouteMessage.deleteNeighbour, flags: RouteMessage.acknowledge)
        appendNeighbour(address, linkIndex, to: &message)
        try perform(message, "remove neighbour", address.description)
    }

    /// struct ifaddrmsg: family, length, flags, scope, index.
    private func appendAddress(_ prefix: IPPrefix, _ linkIndex: Int32, to message: inout NetlinkMessage) {
        for byte in [prefix.address.family, prefix.length, 0, 0] { message.append(byte) }
        message.append(linkIndex)
        message.attribute(RouteAttribute.addressLocal, prefix.address.bytes)
        message.attribute(RouteAttribute.address, prefix.address.bytes)
    }

    /// struct ndmsg: family, padding, index, state (permanent), flags, type.
    private func appendNeighbour(_ address: IPAddress, _ linkIndex: Int32, to message: inout NetlinkMessage) {
        message.append(UInt32(address.family))
        message.append(linkIndex)
        message.append(UInt16(0x80))
        message.append(UInt16(0))
        message.attribute(RouteAttribute.neighbourDestination, address.bytes)
    }

    /// struct rtmsg: family, lengths, tos, table, protocol, scope, type, flags.
    private func routeMessage(_ type: UInt16, _ flags: UInt16, _ route: Route) -> NetlinkMessage {
        var message = NetlinkMessage(type: type, flags: flags)
        let family = route.destination?.address.family ?? route.gateway?.family ?? UInt8(AF_INET)
        let (staticProtocol, universe, link, host): (UInt8, UInt8, UInt8, UInt8) = (4, 0, 253, 254)
        let scope =
            switch route.kind {
            case .local: host
            case .unicast where route.gateway == nil: link
            default: universe
            }
        let shortTable = UInt8(route.table < 256 ? route.table : 0)
        let length = route.destination?.length ?? 0
        for byte in [family, length, 0, 0, shortTable, staticProtocol, scope, route.kind.rawValue] {
            message.append(byte)
        }
        message.append(UInt32(0))
        message.attribute(RouteAttribute.routeTable, route.table)
        if let destination = route.destination {
            message.attribute(RouteAttribute.routeDestination, destination.network.address.bytes)
        }
        if let gateway = route.gateway { message.attribute(RouteAttribute.routeGateway, gateway.bytes) }
        if let link = route.linkIndex { message.attribute(RouteAttribute.routeOutput, link) }
        if let metric = route.metric { message.attribute(RouteAttribute.routePriority, metric) }
        if let source = route.preferredSource {
            message.attribute(RouteAttribute.routePreferredSource, source.bytes)
        }
        return message
    }

    static func decodeRoute(_ message: NetlinkReader.Message) -> Route? {
        guard message.type == RouteMessage.newRoute, message.body.count >= 12 else { return nil }
        let header = Array(message.body.prefix(12))
        guard let kind = Route.Kind(rawValue: header[7]) else { return nil }
        var route = Route(kind: kind, table: UInt32(header[4]))
        for attribute in NetlinkReader.attributes(message.body, after: 12) {
            switch attribute.type {
            case RouteAttribute.routeDestination:
                route.destination = IPAddress(bytes: Array(attribute.content))
                    .flatMap { IPPrefix($0, length: header[1]) }
            case RouteAttribute.routeGateway: route.gateway = IPAddress(bytes: Array(attribute.content))
            case RouteAttribute.routeOutput: route.linkIndex = NetlinkReader.number(attribute.content)
            case RouteAttribute.routePriority: route.metric = NetlinkReader.number(attribute.content)
            case RouteAttribute.routeTable: route.table = NetlinkReader.number(attribute.content)
            case RouteAttribute.routePreferredSource:
                route.preferredSource = IPAddress(bytes: Array(attribute.content))
            default: break
            }
        }
        if route.destination == nil, header[0] == UInt8(AF_INET6) {
            route.destination = IPPrefix("::/0")
        }
        return route
    }
}
