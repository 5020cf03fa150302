import NFTables
import SystemLinux

/// What one cluster does to the host as a whole, under the lock of all clusters. The calls block.
struct HostPreparation: Sendable {
    let configuration: NetworkConfiguration
    let host: HostNetwork
    /// The ranges chosen earlier; nil lets `run` choose.
    let kept: ClusterRanges?

    /// What `run` found out.
    struct Outcome: Sendable {
        let ranges: ClusterRanges
        /// Routes of the host that overlap ranges kept from earlier.
        let clashes: [IPv4Prefix]
        let mtu: UInt32
    }

    static let forwarding = Switch(name: "net/ipv4/ip_forward")

    private var interfaces: InterfaceNames { InterfaceNames(cluster: configuration.cluster) }

    /// Chooses ranges, keeps their packets at home and makes the host route.
    func run() throws -> Outcome {
        let lock = try HostSwitches.lock(configuration.hostDirectory)
        defer { lock.release() }
        let own: Set<IPv4Prefix> = kept.map { [$0.pods, $0.services] } ?? []
        let planner = RangePlanner(
            avoiding: try host.takenRanges(exceptLinksBeginning: interfaces.bridgePrefix, exceptRanges: own)
        )
        let ranges = try kept ?? planner.clusterRanges(named: configuration.cluster)
        // From here on, nothing for these ranges leaves by an uplink, however the rest of the start goes.
        try host.addFallbackRoute(ranges.pods)
        try host.addFallbackRoute(ranges.services)
        try host.inside {
            try HostSwitches(directory: configuration.hostDirectory)
                .require(Self.forwarding, "1", for: configuration.cluster)
        }
        return Outcome(
            ranges: ranges, clashes: own.sorted().compactMap(planner.clash), mtu: try host.uplinkMTU())
    }

    /// Takes back everything, links and routes included.
    func undo() throws {
        try host.removeLinks(beginning: [interfaces.cablePrefix, interfaces.bridgePrefix])
        if let kept {
            try host.removeFallbackRoute(kept.pods)
            try host.removeFallbackRoute(kept.services)
        }
        let lock = try HostSwitches.lock(configuration.hostDirectory)
        defer { lock.release() }
        // Another program's bridge or tunnel relies on forwarding by now; it saw it on and had no reason to ask.
        let others = try host.netlink.links().contains { link in
            ["bridge", "tun", "wireguard"].contains(link.kind ?? "") && !link.name.hasPrefix("skf-")
        }
        try host.inside {
            try HostSwitches(directory: configuration.hostDirectory)
                .release(cluster: configuration.cluster, mayRestore: !others)
        }
    }
}
