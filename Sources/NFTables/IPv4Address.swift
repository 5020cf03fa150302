/// An IPv4 address as a number.
public struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address in host byte order: 127.0.0.1 is 0x7F000001.
    public let raw: UInt32

    /// The address with this number in host byte order.
    public init(raw: UInt32) { self.raw = raw }

    /// The address `a.b.c.d`.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        raw = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Reads the dotted form: four decimal numbers without leading zeros; anything else is nil.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var raw: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var octet: UInt32 = 0
            for byte in part {
                guard (48...57).contains(byte) else { return nil }
                octet = octet * 10 + UInt32(byte - 48)
            }
            guard octet <= 255 else { return nil }
            raw = raw << 8 | octet
        }
        self.raw = raw
    }

    /// 127.0.0.1.
    public static let loopback = IPv4Address(127, 0, 0, 1)
    /// 0.0.0.0: every address of the host.
    public static let any = IPv4Address(raw: 0)

    /// Whether the address lies in 127.0.0.0/8.
    public var isLoopback: Bool { raw >> 24 == 127 }

    /// The four bytes in network order.
    public var octets: [UInt8] {
        [UInt8(raw >> 24), UInt8(raw >> 16 & 0xFF), UInt8(raw >> 8 & 0xFF), UInt8(raw & 0xFF)]
    }

    /// The dotted form.
    public var description: String {
        "\(raw >> 24).\(raw >> 16 & 0xFF).\(raw >> 8 & 0xFF).\(raw & 0xFF)"
    }

    /// Orders by number.
    public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}
