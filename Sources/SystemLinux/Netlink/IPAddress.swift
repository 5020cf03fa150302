import Glibc

/// An IPv4 or IPv6 address in network byte order.
public struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Four or sixteen bytes.
    public let bytes: [UInt8]

    /// Wraps four or sixteen bytes; nil for any other count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// An IPv4 address from its four parts.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        bytes = [a, b, c, d]
    }

    /// An IPv4 address from its number (10.0.0.1 is 0x0a000001).
    public init(v4 number: UInt32) {
        bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    /// Parses dotted decimal (no leading zeros, as inet_pton) or an IPv6 text; nil for anything else.
    public init?(_ text: String) {
        let isV6 = text.utf8.contains(UInt8(ascii: ":"))
        var room = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        guard inet_pton(isV6 ? AF_INET6 : AF_INET, text, &room) == 1 else { return nil }
        bytes = room
    }

    /// Whether this is IPv4.
    public var isV4: Bool { bytes.count == 4 }

    /// The number of an IPv4 address; nil for IPv6.
    public var v4: UInt32? {
        isV4 ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }

    /// The family number of socket calls.
    public var family: UInt8 { UInt8(isV4 ? AF_INET : AF_INET6) }

    /// The usual text.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(Int32(family), bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// IPv4 before IPv6, then by value.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.bytes.count == right.bytes.count
            ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.bytes.count < right.bytes.count
    }
}

/// An address with the length of its network part, such as 10.1.2.3/16.
public struct IPPrefix: Sendable, Hashable, CustomStringConvertible {
    /// The address; host bits are kept as given.
    public let address: IPAddress
    /// Bits of the network part.
    public let length: UInt8

    /// Joins address and length; nil when the length is more than the address has bits.
    public init?(_ address: IPAddress, length: UInt8) {
        guard Int(length) <= address.bytes.count * 8 else { return nil }
        self.address = address
        self.length = length
    }

    /// Parses `address/length`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = UInt8(parts[1]) else {
            return nil
        }
        self.init(address, length: length)
    }

    /// The same network with all host bits zero.
    public var network: IPPrefix {
        var left = Int(length)
        let masked = address.bytes.map { byte -> UInt8 in
            defer { left -= 8 }
            if left >= 8 { return byte }
            return left <= 0 ? 0 : byte & ~UInt8(0xff >> left)
        }
        return IPPrefix(unchecked: IPAddress(unchecked: masked), length: length)
    }

    /// Whether `other` lies in this network.
    public func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count && IPPrefix(unchecked: other, length: length).network == network
    }

    /// Whether the two networks share an address.
    public func overlaps(_ other: IPPrefix) -> Bool {
        length <= other.length ? contains(other.address) : other.contains(address)
    }

    /// `address/length`.
    public var description: String { "\(address)/\(length)" }

    private init(unchecked address: IPAddress, length: UInt8) {
        self.address = address
        self.length = length
    }
}

extension IPAddress {
    fileprivate init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }
}
