/// A range of IPv4 addresses that share their first bits.
public struct IPv4Prefix: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first address of the range.
    public let address: IPv4Address
    /// The number of shared bits, 0 to 32.
    public let length: UInt8

    /// The range of this length that `address` lies in. Lengths above 32 count as 32.
    public init(_ address: IPv4Address, length: UInt8) {
        self.length = min(length, 32)
        self.address = IPv4Address(raw: address.raw & Self.mask(self.length))
    }

    /// Reads `a.b.c.d/len`; nil when malformed or when bits outside the prefix are set.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let length = UInt8(parts[1]), length <= 32,
            parts[1].utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        self.init(address, length: length)
        guard self.address == address else { return nil }
    }

    private static func mask(_ length: UInt8) -> UInt32 {
        length == 0 ? 0 : UInt32.max << (32 - UInt32(length))
    }

    /// The number of addresses in the range.
    public var count: UInt64 { 1 << (32 - UInt64(length)) }

    /// The last address of the range.
    public var last: IPv4Address { IPv4Address(raw: address.raw | ~Self.mask(length)) }

    /// Whether `other` lies in the range.
    public func contains(_ other: IPv4Address) -> Bool { other.raw & Self.mask(length) == address.raw }

    /// Whether the two ranges share an address.
    public func overlaps(_ other: IPv4Prefix) -> Bool {
        contains(other.address) || other.contains(address)
    }

    /// The address at `offset` from the first, or nil outside the range.
    public func address(at offset: UInt64) -> IPv4Address? {
        offset < count ? IPv4Address(raw: address.raw + UInt32(offset)) : nil
    }

    /// The form `a.b.c.d/len`.
    public var description: String { "\(address)/\(length)" }

    /// Orders by address, then by length.
    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.length) < (right.address, right.length)
    }
}
