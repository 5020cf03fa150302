import NFTables
import SystemLinux

extension HostNetwork {
    /// One sandbox's connection to one network.
    struct Cable: Sendable {
        let hostInterface: String
        let interface: String
        let address: IPv4Address
        let hardwareAddress: [UInt8]
        let network: NetworkRecord
        let bridge: Int32
        let mtu: UInt32
        /// Whether the sandbox's default route goes here.
        let isDefaultRoute: Bool
    }

    /// Connects a network namespace: a veth pair, address and routes inside, the way back outside.
    ///
    /// The order matters: the host's end joins the bridge in the request that makes it, so it is never seen loose; the
    /// inner end comes up with its address before the route exists, because the kernel refuses routes over dead links.
    func connect(_ cable: Cable, to sandbox: OwnedFD) throws {
        // A cable of this name can only be left over from a crash between two steps.
        try removeLink(cable.hostInterface)
        try netlink.addVeth(
            cable.hostInterface,
            LinkChange(up: true, masterIndex: cable.bridge, mtu: cable.mtu),
            peer: LinkChange(
                name: cable.interface, hardwareAddress: cable.hardwareAddress, mtu: cable.mtu, namespace: sandbox)
        )
        do {
            if let port = try netlink.link(cable.hostInterface) {
                // With br_netfilter a packet that is translated back to its own sender is bridged, not routed: the
                // port has to let it out where it came in.
                try netlink.setHairpin(port.index, true)
            }
            try configureInside(cable, sandbox)
            if cable.network.mode == .routed {
                try addRoute(
                    IPv4Prefix(cable.address, length: 32), bridge: cable.bridge, source: cable.network.gateway)
            }
        } catch {
            try? removeLink(cable.hostInterface)
            throw error
        }
    }

    private func configureInside(_ cable: Cable, _ sandbox: OwnedFD) throws {
        // CVE-2020-13401: no router advertisement may be believed, so there is no IPv6 where we give no IPv6.
        let name = cable.interface
        let inner = try Namespaces.inside(sandbox, .network) {
            try Switch(name: "net/ipv6/conf/\(name)/disable_ipv6").set("1", ifExists: true)
            return try NetlinkSocket()
        }
        guard let link = try inner.link(name) else {
            throw NetworkError(.kernel, "interface \(name) is not in the sandbox after it was put there")
        }
        if let loopback = try inner.link("lo"), !loopback.isUp {
            try inner.setLink(loopback.index, LinkChange(up: true))
        }
        let gateway = IPAddress(v4: cable.network.gateway.raw)
        let length: UInt8 = cable.network.mode == .routed ? 32 : cable.network.range.length
        guard let own = IPPrefix(IPAddress(v4: cable.address.raw), length: length),
            let toGateway = IPPrefix(gateway, length: 32)
        else { throw NetworkError(.kernel, "address \(cable.address)/\(length) is malformed") }
        try inner.addAddress(own, to: link.index)
        try inner.setLink(link.index, LinkChange(up: true))
        if cable.network.mode == .routed {
            try inner.addRoute(Route(destination: toGateway, linkIndex: link.index))
            if !cable.isDefaultRoute, let range = IPPrefix(cable.network.range) {
                try inner.addRoute(Route(destination: range, gateway: gateway, linkIndex: link.index))
            }
        }
        if cable.isDefaultRoute, !cable.network.isInternal {
            try inner.addRoute(Route(gateway: gateway, linkIndex: link.index))
        }
    }

    /// Takes a cable away with everything that led to it; what is not there is fine.
    func disconnect(_ cable: (hostInterface: String, address: IPv4Address), bridge: Int32?, isRouted: Bool) throws {
        if let bridge, isRouted { try removeRoute(IPv4Prefix(cable.address, length: 32), bridge: bridge) }
        try removeLink(cable.hostInterface)
    }
}
