/// A connection as the kernel's connection tracking knows it (nf_conntrack), IPv4 only.
public struct TrackedConnection: Sendable, Hashable {
    /// Protocol number: 6 TCP, 17 UDP.
    public let protocolNumber: UInt8
    /// Where the first packet came from.
    public let source: IPAddress
    /// Where the first packet was going before any translation.
    public let destination: IPAddress
    /// The port the first packet was going to; 0 for protocols without ports.
    public let destinationPort: UInt16
    /// Who answers: the destination after translation.
    public let replySource: IPAddress
    /// The port that answers.
    public let replySourcePort: UInt16

    /// The original tuple as the kernel sent it, by which the entry is deleted.
    let tuple: [UInt8]
}

/// The kernel's table of connections in one network namespace. Calls block while the kernel answers.
public final class ConnectionTracking: Sendable {
    private let socket: NetlinkSocket

    private static let netfilter: Int32 = 12
    private static let get: UInt16 = 1 << 8 | 1
    private static let delete: UInt16 = 1 << 8 | 2

    /// Opens the table of the caller's network namespace, or of `namespace`.
    public init(in namespace: OwnedFD? = nil) throws {
        socket = try NetlinkSocket(protocol: Self.netfilter, in: namespace)
    }

    /// All IPv4 connections.
    public func connections() throws(LinuxError) -> [TrackedConnection] {
        let message = Self.request(Self.get, flags: RouteMessage.dump)
        return try socket.exchange(message, "list connections", "").compactMap { Self.decode($0.body) }
    }

    /// Forgets one connection: its next packet begins a new one. One that is gone already is fine.
    public func remove(_ connection: TrackedConnection) throws(LinuxError) {
        var message = Self.request(Self.delete, flags: RouteMessage.acknowledge)
        message.attribute(1 | 0x8000, connection.tuple)
        do throws(LinuxError) {
            try socket.perform(message, "remove connection", "\(connection.destination):\(connection.destinationPort)")
        } catch  where error.errno == .noEntry {
            return
        }
    }

    /// struct nfgenmsg: family AF_INET, version 0, no resource.
    private static func request(_ type: UInt16, flags: UInt16) -> NetlinkMessage {
        var message = NetlinkMessage(type: type, flags: flags)
        message.append(UInt8(2))
        message.append(UInt8(0))
        message.append(UInt16(0))
        return message
    }

    private struct Tuple {
        var source = IPAddress(0, 0, 0, 0)
        var destination = IPAddress(0, 0, 0, 0)
        var number: UInt8 = 0
        var sourcePort: UInt16 = 0
        var destinationPort: UInt16 = 0

        /// CTA_TUPLE_IP (1) holds source 1 and destination 2; CTA_TUPLE_PROTO (2) holds number 1, ports 2 and 3.
        init(_ content: ArraySlice<UInt8>) {
            for part in NetlinkReader.attributes(content) {
                for attribute in NetlinkReader.attributes(part.content) {
                    switch (part.type, attribute.type) {
                    case (1, 1): source = IPAddress(bytes: Array(attribute.content)) ?? source
                    case (1, 2): destination = IPAddress(bytes: Array(attribute.content)) ?? destination
                    case (2, 1): number = attribute.content.first ?? 0
                    case (2, 2): sourcePort = UInt16(bigEndian: NetlinkReader.number(attribute.content))
                    case (2, 3): destinationPort = UInt16(bigEndian: NetlinkReader.number(attribute.content))
                    default: continue
                    }
                }
            }
        }
    }

    private static func decode(_ body: ArraySlice<UInt8>) -> TrackedConnection? {
        let attributes = NetlinkReader.attributes(body, after: 4)
        guard let original = attributes.first(where: { $0.type == 1 }),
            let reply = attributes.first(where: { $0.type == 2 })
        else { return nil }
        let (first, answer) = (Tuple(original.content), Tuple(reply.content))
        return TrackedConnection(
            protocolNumber: first.number, source: first.source, destination: first.destination,
            destinationPort: first.destinationPort, replySource: answer.source, replySourcePort: answer.sourcePort,
            tuple: Array(original.content)
        )
    }
}
