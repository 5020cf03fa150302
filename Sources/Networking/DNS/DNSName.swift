/// A domain name: lower-case labels joined by full stops, without the final one; the root is empty.
///
/// Names compare without regard to case (RFC 4343), so the case of a query is folded here and echoed from the query's
/// own bytes.
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// The longest label in bytes (RFC 1035 §2.3.4).
    public static let maximumLabelLength = 63
    /// The longest name in bytes on the wire (RFC 1035 §2.3.4).
    public static let maximumWireLength = 255

    /// The labels joined by full stops; empty for the root.
    public let text: String

    /// A name that is already folded and checked.
    init(trusted text: String) { self.text = text }

    /// Reads the dotted form, with or without the final full stop; nil when a label or the name is empty or too long.
    public init?(_ text: some StringProtocol) {
        // ASCII only: Unicode folding could change the length of a label.
        var bytes = text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        let folded = String(decoding: bytes, as: UTF8.self)
        guard folded.utf8.count <= Self.maximumWireLength - 2 else { return nil }
        if !folded.isEmpty {
            let labels = folded.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard labels.allSatisfy({ (1...Self.maximumLabelLength).contains($0.count) }) else { return nil }
        }
        self.text = folded
    }

    /// The labels from the left.
    public var labels: [Substring] { text.split(separator: ".") }

    /// The name without its first label; nil for the root.
    public var parent: DNSName? {
        guard !text.isEmpty else { return nil }
        guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return DNSName(trusted: "") }
        return DNSName(trusted: String(text[text.index(after: dot)...]))
    }

    /// Whether the name is `zone` or lies below it.
    public func isWithin(_ zone: DNSName) -> Bool {
        if zone.text.isEmpty || text == zone.text { return true }
        guard text.utf8.count > zone.text.utf8.count, text.hasSuffix(zone.text) else { return false }
        let before = text.utf8.index(text.utf8.endIndex, offsetBy: -(zone.text.utf8.count + 1))
        return text.utf8[before] == UInt8(ascii: ".")
    }

    /// The name as length-prefixed labels, without compression.
    var wire: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 2)
        for label in text.utf8.split(separator: UInt8(ascii: ".")) {
            bytes.append(UInt8(truncatingIfNeeded: label.count))
            bytes.append(contentsOf: label)
        }
        bytes.append(0)
        return bytes
    }

    /// The reverse name of an address: `d.c.b.a.in-addr.arpa`.
    static func reverse(of octets: [UInt8]) -> DNSName {
        DNSName(trusted: octets.reversed().map(String.init).joined(separator: ".") + ".in-addr.arpa")
    }

    /// The dotted form without the final full stop.
    public var description: String { text.isEmpty ? "." : text }
}
