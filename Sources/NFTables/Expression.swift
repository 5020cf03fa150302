/// A transport protocol that rules and services speak of.
public enum TransportProtocol: String, Sendable, Hashable, CaseIterable {
    /// TCP, protocol 6.
    case tcp
    /// UDP, protocol 17.
    case udp
    /// SCTP, protocol 132.
    case sctp
}

/// Something a rule reads from a packet or computes from it (nft(8), EXPRESSIONS).
public indirect enum Expression: Sendable, Hashable {
    /// Source address.
    case sourceAddress
    /// Destination address.
    case destinationAddress
    /// Layer-4 protocol, also of fragments.
    case layer4Protocol
    /// Source port of TCP, UDP or SCTP.
    case sourcePort
    /// Destination port of TCP, UDP or SCTP.
    case destinationPort
    /// A number in `0 ..< modulus`, another one for each packet.
    case randomNumber(modulus: UInt32)
    /// A number in `0 ..< modulus` that is always the same for one source address.
    case sourceHash(modulus: UInt32)
    /// Several expressions side by side, as the key of a map.
    case concatenation([Expression])

    var rendered: String {
        switch self {
        case .sourceAddress: "ip saddr"
        case .destinationAddress: "ip daddr"
        case .layer4Protocol: "meta l4proto"
        case .sourcePort: "th sport"
        case .destinationPort: "th dport"
        case .randomNumber(let modulus): "numgen random mod \(modulus)"
        case .sourceHash(let modulus): "jhash ip saddr mod \(modulus)"
        case .concatenation(let parts): parts.map(\.rendered).joined(separator: " . ")
        }
    }
}

/// A constant in a rule or an element.
public indirect enum Value: Sendable, Hashable {
    /// One address.
    case address(IPv4Address)
    /// A range of addresses.
    case prefix(IPv4Prefix)
    /// A port.
    case port(UInt16)
    /// A transport protocol.
    case transport(TransportProtocol)
    /// A plain number, for example a slot.
    case number(UInt32)
    /// Several constants side by side.
    case concatenation([Value])

    var rendered: String {
        switch self {
        case .address(let address): address.description
        case .prefix(let prefix): prefix.description
        case .port(let port): String(port)
        case .transport(let transport): transport.rawValue
        case .number(let number): String(number)
        case .concatenation(let parts): parts.map(\.rendered).joined(separator: " . ")
        }
    }
}
