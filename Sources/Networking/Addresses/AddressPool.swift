import NFTables

/// The addresses of one network that are given out. A pure value; the database keeps the same facts.
public struct AddressPool: Sendable, Hashable {
    /// The network's range.
    public let range: IPv4Prefix
    /// The bridge's own address: the first of the range.
    public let gateway: IPv4Address
    /// The addresses given out.
    public private(set) var leased: Set<IPv4Address>
    /// Where the next search begins: behind the last address given out, so that an address comes back as late as
    /// possible and nobody talks to a new pod by an old pod's address.
    public private(set) var cursor: IPv4Address

    /// A pool with these leases. A cursor outside the range counts as its beginning.
    public init(range: IPv4Prefix, leased: Set<IPv4Address> = [], cursor: IPv4Address? = nil) {
        self.range = range
        gateway = IPv4Address(raw: range.address.raw &+ 1)
        self.leased = leased
        self.cursor = cursor.flatMap { range.contains($0) ? $0 : nil } ?? gateway
    }

    /// Takes the next free address, or exactly `wanted`.
    public mutating func lease(_ wanted: IPv4Address? = nil) throws(NetworkError) -> IPv4Address {
        let address: IPv4Address
        if let wanted { address = try check(wanted) } else { address = try next() }
        leased.insert(address)
        if wanted == nil { cursor = address }
        return address
    }

    /// Gives an address back; unknown ones are ignored.
    public mutating func release(_ address: IPv4Address) { leased.remove(address) }

    private func check(_ wanted: IPv4Address) throws(NetworkError) -> IPv4Address {
        guard isUsable(wanted) else {
            throw NetworkError(.addressOutsideNetwork, "address \(wanted) cannot be given out in \(range)")
        }
        guard !leased.contains(wanted) else {
            throw NetworkError(.addressInUse, "address \(wanted) is in use: choose another one in \(range)")
        }
        return wanted
    }

    private func next() throws(NetworkError) -> IPv4Address {
        let count = range.count
        let start = UInt64(cursor.raw - range.address.raw)
        for step in 1...count {
            let offset = (start + step) % count
            guard let candidate = range.address(at: offset), isUsable(candidate), !leased.contains(candidate) else {
                continue
            }
            return candidate
        }
        throw NetworkError(.noFreeAddress, "all addresses of \(range) are in use: remove containers or pods")
    }

    /// Network, gateway and broadcast addresses are nobody's.
    private func isUsable(_ address: IPv4Address) -> Bool {
        range.contains(address) && address != range.address && address != gateway && address != range.last
    }
}
