import NFTables

/// The address ranges of one cluster.
public struct ClusterRanges: Hashable, Sendable {
    /// Pods and containers of the default network.
    public let pods: IPv4Prefix
    /// ClusterIPs.
    public let services: IPv4Prefix

    /// The ranges of one cluster.
    public init(pods: IPv4Prefix, services: IPv4Prefix) {
        self.pods = pods
        self.services = services
    }
}

/// Chooses ranges that clash with nothing the host routes. Pure: the same input gives the same ranges.
public struct RangePlanner: Sendable {
    /// The length of pod and service ranges: 65,534 addresses each.
    public static let clusterLength: UInt8 = 16
    /// The length of a named network's range: 254 addresses.
    public static let networkLength: UInt8 = 24

    /// Everything that is in use: routes, addresses of the host, ranges of other networks.
    public let taken: [IPv4Prefix]

    /// A planner that avoids `taken`. Default routes clash with nothing and are ignored.
    public init(avoiding taken: [IPv4Prefix]) {
        self.taken = taken.filter { $0.length > 0 }
    }

    /// The ranges for a cluster. Clusters begin their search at different places, so that one that is down and has no
    /// routes is seldom taken for free space.
    public func clusterRanges(named name: String) throws(NetworkError) -> ClusterRanges {
        let candidates = Self.clusterCandidates(startingAt: StableHash.of(name))
        guard let pods = candidates.first(where: isFree) else { throw exhausted(length: Self.clusterLength) }
        guard let services = candidates.first(where: { $0 != pods && isFree($0) }) else {
            throw exhausted(length: Self.clusterLength)
        }
        return ClusterRanges(pods: pods, services: services)
    }

    /// A range for one more named network.
    public func networkRange() throws(NetworkError) -> IPv4Prefix {
        let candidates = (0..<4096).lazy.map { number in
            // 172.20.0.0/14 and 192.168.0.0/16 and on: small ranges, away from the clusters' 10/8.
            number < 1024
                ? IPv4Prefix(IPv4Address(raw: 0xAC14_0000 + UInt32(number) << 8), length: Self.networkLength)
                : IPv4Prefix(IPv4Address(raw: 0x0A00_0000 + UInt32(number) << 8), length: Self.networkLength)
        }
        guard let range = candidates.first(where: isFree) else { throw exhausted(length: Self.networkLength) }
        return range
    }

    /// The first of `taken` that shares an address with `range`.
    public func clash(with range: IPv4Prefix) -> IPv4Prefix? {
        taken.first { $0.overlaps(range) }
    }

    private func isFree(_ range: IPv4Prefix) -> Bool { clash(with: range) == nil }

    private func exhausted(length: UInt8) -> NetworkError {
        NetworkError(
            .noFreeRange,
            "no private /\(length) range is free of the host's routes: remove an unused network or route and try again"
        )
    }

    /// 10.128.0.0 to 10.254.0.0 and 172.24.0.0 to 172.31.0.0, from a place that depends on the cluster's name.
    private static func clusterCandidates(startingAt start: UInt64) -> [IPv4Prefix] {
        let all =
            (128...254).map { IPv4Prefix(IPv4Address(10, UInt8($0), 0, 0), length: clusterLength) }
            + (24...31).map { IPv4Prefix(IPv4Address(172, UInt8($0), 0, 0), length: clusterLength) }
        let offset = Int(start % UInt64(all.count / 2)) * 2
        return Array(all[offset...] + all[..<offset])
    }
}
