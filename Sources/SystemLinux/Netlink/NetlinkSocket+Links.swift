import Glibc

/// A network interface as the kernel describes it.
public struct NetworkLink: Sendable, Hashable {
    /// Number within its namespace.
    public let index: Int32
    /// Name, at most 15 bytes.
    public let name: String
    /// Hardware address; empty for interfaces without one.
    public let hardwareAddress: [UInt8]
    /// Largest packet in bytes.
    public let mtu: UInt32
    /// Administratively up.
    public let isUp: Bool
    /// Whether the carrier is there (up and connected).
    public let isRunning: Bool
    /// The bridge or bond it belongs to.
    public let masterIndex: Int32?
    /// `bridge`, `veth`, `dummy` …; nil for hardware.
    public let kind: String?
    /// For veth: the peer's number in its own namespace.
    public let peerIndex: Int32?
}

/// What may be changed on a link; nil leaves as is.
public struct LinkChange: Sendable {
    /// A new name; the link must be down.
    public var name: String?
    /// Up or down.
    public var up: Bool?
    /// Joins a bridge by index; 0 leaves it.
    public var masterIndex: Int32?
    /// A new hardware address.
    public var hardwareAddress: [UInt8]?
    /// A new size of the largest packet.
    public var mtu: UInt32?
    /// Moves the link into this network namespace.
    public var namespace: OwnedFD?

    /// Changes nothing until fields are set.
    public init(
        name: String? = nil, up: Bool? = nil, masterIndex: Int32? = nil, hardwareAddress: [UInt8]? = nil,
        mtu: UInt32? = nil, namespace: OwnedFD? = nil
    ) {
        self.name = name
        self.up = up
        self.masterIndex = masterIndex
        self.hardwareAddress = hardwareAddress
        self.mtu = mtu
        self.namespace = namespace
    }

    fileprivate func apply(to message: inout NetlinkMessage) {
        if let name { message.attribute(RouteAttribute.linkName, name) }
        if let masterIndex { message.attribute(RouteAttribute.linkMaster, masterIndex) }
        if let hardwareAddress { message.attribute(RouteAttribute.linkAddress, hardwareAddress) }
        if let mtu { message.attribute(RouteAttribute.linkMTU, mtu) }
        if let namespace { message.attribute(RouteAttribute.linkNamespaceFD, namespace.raw) }
    }
}

extension NetlinkSocket {
    /// Makes a veth pair in one request: this end here, the other end where `peer.namespace` says.
    public func addVeth(_ name: String, _ own: LinkChange = LinkChange(), peer: LinkChange) throws(LinuxError) {
        var message = linkMessage(RouteMessage.newLink, flags: RouteMessage.create, index: 0, up: own.up)
        message.attribute(RouteAttribute.linkName, name)
        own.apply(to: &message)
        message.nested(RouteAttribute.linkInfo) { info in
            info.attribute(RouteAttribute.infoKind, "veth")
            info.nested(RouteAttribute.infoData) { data in
                // VETH_INFO_PEER holds an ifinfomsg and then the peer's own attributes.
                data.nested(1) { nested in
                    Self.appendLinkHeader(to: &nested, index: 0, up: peer.up)
                    peer.apply(to: &nested)
                }
            }
        }
        try perform(message, "add veth", name)
    }

    /// Makes a bridge.
    public func addBridge(_ name: String, _ change: LinkChange = LinkChange()) throws(LinuxError) {
        try addLink(name, kind: "bridge", change)
    }

    /// Makes a link of a kind that needs no more than a name: `bridge`, `dummy`, `ifb`.
    public func addLink(_ name: String, kind: String, _ change: LinkChange = LinkChange()) throws(LinuxError) {
        var message = linkMessage(RouteMessage.newLink, flags: RouteMessage.create, index: 0, up: change.up)
        message.attribute(RouteAttribute.linkName, name)
        change.apply(to: &message)
        message.nested(RouteAttribute.linkInfo) { $0.attribute(RouteAttribute.infoKind, kind) }
        try perform(message, "add \(kind)", name)
    }

    /// Changes a link.
    public func setLink(_ index: Int32, _ change: LinkChange) throws(LinuxError) {
        var message = linkMessage(RouteMessage.newLink, flags: RouteMessage.acknowledge, index: index, up: change.up)
        change.apply(to: &message)
        try perform(message, "set link", "\(change.name ?? "\(index)")")
    }

    /// Lets a bridge port send a packet back where it came from, so that a container reaches itself by way of a
    /// Service or published port.
    public func setHairpin(_ index: Int32, _ on: Bool) throws(LinuxError) {
        var message = NetlinkMessage(type: RouteMessage.setLink, flags: RouteMessage.acknowledge)
        Self.appendLinkHeader(to: &message, family: UInt8(PF_BRIDGE), index: index, up: nil)
        message.nested(RouteAttribute.linkProtocolInfo) { $0.attribute(4, UInt8(on ? 1 : 0)) }
        try perform(message, "set hairpin", "\(index)")
    }

    /// Removes a link; its veth peer goes with it.
    public func removeLink(_ index: Int32) throws(LinuxError) {
        let message = linkMessage(RouteMessage.deleteLink, flags: RouteMessage.acknowledge, index: index, up: nil)
        try perform(message, "remove link", "\(index)")
    }

    /// The link of this name, or nil.
    public func link(_ name: String) throws(LinuxError) -> NetworkLink? {
        var message = linkMessage(RouteMessage.getLink, flags: RouteMessage.acknowledge, index: 0, up: nil)
        message.attribute(RouteAttribute.linkName, name)
        do {
            return try exchange(message, "get link", name).compactMap(Self.decodeLink).first
        } catch  where error.errno == Errno(ENODEV) {
            return nil
        }
    }

    /// All links of the namespace.
    public func links() throws(LinuxError) -> [NetworkLink] {
        let message = linkMessage(RouteMessage.getLink, flags: RouteMessage.dump, index: 0, up: nil)
        return try exchange(message, "list links", "").compactMap(Self.decodeLink)
    }

    private func linkMessage(_ type: UInt16, flags: UInt16, index: Int32, up: Bool?) -> NetlinkMessage {
        var message = NetlinkMessage(type: type, flags: flags)
        Self.appendLinkHeader(to: &message, index: index, up: up)
        return message
    }

    /// struct ifinfomsg: family, padding, hardware type, index, flags, mask of changed flags.
    private static func appendLinkHeader(
        to message: inout NetlinkMessage, family: UInt8 = UInt8(AF_UNSPEC), index: Int32, up: Bool?
    ) {
        let upFlag: UInt32 = 1
        message.append(family)
        message.append(UInt8(0))
        message.append(UInt16(0))
        message.append(index)
        message.append(up == true ? upFlag : UInt32(0))
        message.append(up == nil ? UInt32(0) : upFlag)
    }

    static func decodeLink(_ message: NetlinkReader.Message) -> NetworkLink? {
        guard message.type == RouteMessage.newLink, message.body.count >= 16 else { return nil }
        let flags: UInt32 = NetlinkReader.number(message.body, at: 8)
        var (name, address, mtu): (String, [UInt8], UInt32) = ("", [], 0)
        var (master, peer, kind): (Int32?, Int32?, String?) = (nil, nil, nil)
        for attribute in NetlinkReader.attributes(message.body, after: 16) {
            switch attribute.type {
            case RouteAttribute.linkName: name = NetlinkReader.text(attribute.content)
            case RouteAttribute.linkAddress: address = Array(attribute.content)
            case RouteAttribute.linkMTU: mtu = NetlinkReader.number(attribute.content)
            case RouteAttribute.linkMaster: master = NetlinkReader.number(attribute.content)
            case RouteAttribute.linkPeer: peer = NetlinkReader.number(attribute.content)
            case RouteAttribute.linkInfo:
                let info = NetlinkReader.attributes(attribute.content).first { $0.type == RouteAttribute.infoKind }
                kind = info.map { NetlinkReader.text($0.content) }
            default: break
            }
        }
        return NetworkLink(
            index: NetlinkReader.number(message.body, at: 4), name: name, hardwareAddress: address, mtu: mtu,
            isUp: flags & 1 != 0, isRunning: flags & 0x40 != 0, masterIndex: master, kind: kind, peerIndex: peer
        )
    }
}

/// Message types and request flags of rtnetlink(7).
enum RouteMessage {
    static let newLink: UInt16 = 16
    static let deleteLink: UInt16 = 17
    static let getLink: UInt16 = 18
    static let setLink: UInt16 = 19
    static let newAddress: UInt16 = 20
    static let deleteAddress: UInt16 = 21
    static let getAddress: UInt16 = 22
    static let newRoute: UInt16 = 24
    static let deleteRoute: UInt16 = 25
    static let getRoute: UInt16 = 26
    static let newNeighbour: UInt16 = 28
    static let deleteNeighbour: UInt16 = 29

    /// REQUEST | ACK.
    static let acknowledge: UInt16 = 0x5
    /// REQUEST | ACK | EXCL | CREATE.
    static let create: UInt16 = 0x605
    /// REQUEST | ACK | REPLACE | CREATE.
    static let replace: UInt16 = 0x505
    /// REQUEST | DUMP.
    static let dump: UInt16 = 0x301
}

/// Attribute numbers of if_link.h, if_addr.h, rtnetlink.h and neighbour.h.
enum RouteAttribute {
    static let linkAddress: UInt16 = 1
    static let linkName: UInt16 = 3
    static let linkMTU: UInt16 = 4
    static let linkPeer: UInt16 = 5
    static let linkMaster: UInt16 = 10
    static let linkProtocolInfo: UInt16 = 12
    static let linkInfo: UInt16 = 18
    static let linkNamespaceFD: UInt16 = 28
    static let infoKind: UInt16 = 1
    static let infoData: UInt16 = 2

    static let address: UInt16 = 1
    static let addressLocal: UInt16 = 2
    static let addressBroadcast: UInt16 = 4

    static let routeDestination: UInt16 = 1
    static let routeOutput: UInt16 = 4
    static let routeGateway: UInt16 = 5
    static let routePriority: UInt16 = 6
    static let routePreferredSource: UInt16 = 7
    static let routeTable: UInt16 = 15

    static let neighbourDestination: UInt16 = 1
    static let neighbourLinkAddress: UInt16 = 2
}
