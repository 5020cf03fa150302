import NFTables

/// One record that this server gives out of its own knowledge.
public enum DNSRecord: Hashable, Sendable {
    /// The address of a name.
    case address(IPv4Address)
    /// The real name behind an alias.
    case alias(DNSName)
    /// The name of an address.
    case pointer(DNSName)
    /// Host and port of a service, with priority 0.
    case service(weight: UInt16, port: UInt16, target: DNSName)
    /// Text of at most 255 bytes.
    case text(String)

    /// The record's type.
    public var type: DNSType {
        switch self {
        case .address: .a
        case .alias: .cname
        case .pointer: .ptr
        case .service: .srv
        case .text: .txt
        }
    }

    /// The record's data on the wire.
    var data: [UInt8] {
        switch self {
        case .address(let address): return address.octets
        case .alias(let name), .pointer(let name): return name.wire
        case .service(let weight, let port, let target):
            return [0, 0, UInt8(weight >> 8), UInt8(weight & 0xFF), UInt8(port >> 8), UInt8(port & 0xFF)] + target.wire
        case .text(let text):
            let bytes = text.utf8.prefix(255)
            return [UInt8(bytes.count)] + bytes
        }
    }
}

/// A record with the name it belongs to.
public struct OwnedDNSRecord: Hashable, Sendable {
    /// The name the record belongs to.
    public let owner: DNSName
    /// The record.
    public let record: DNSRecord

    /// A record of this name.
    public init(_ owner: DNSName, _ record: DNSRecord) {
        self.owner = owner
        self.record = record
    }
}
