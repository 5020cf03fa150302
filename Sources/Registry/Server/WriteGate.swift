import HTTPService
import SystemLinux

/// Who may write to the registry while it is plain HTTP on loopback: root and the user that started the cluster,
/// proved by the kernel's record of the client's socket, and only under a loopback host name (a web page that lets its
/// name point at 127.0.0.1 sends its own name).
struct WriteGate: Sendable {
    /// The user that started the cluster.
    let ownerID: UInt32
    /// Lifts the rule, when the operator said so.
    let isOpen: Bool
    /// Finds the user of a loopback peer `address:port`; nil when no socket of this host is there. Blocking.
    let userOfPeer: @Sendable (String) throws -> UInt32?

    /// Throws `denied` with what to do.
    func check(peer: HTTPPeer, host: String?) async throws {
        if isOpen { return }
        let user: UInt32?
        switch peer {
        case .unix(let uid, _, _): user = uid
        case .network(let address):
            guard let host, Self.isLoopback(host) else {
                throw RegistryError(
                    .denied, status: 403, "writes need a loopback Host header, not \"\(host ?? "")\"; use localhost"
                )
            }
            user = try await BlockingPool.shared.run { [userOfPeer] in try userOfPeer(address) }
        }
        guard let user, user == 0 || user == ownerID else {
            throw RegistryError(
                .denied, status: 403,
                "only root and the user that started the cluster (uid \(ownerID)) may write to this registry"
            )
        }
    }

    /// Whether a Host header (`name[:port]`) names this machine by a loopback name.
    static func isLoopback(_ header: String) -> Bool {
        var host = header[...]
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else { return false }
            return host[host.index(after: host.startIndex)..<close] == "::1"
        }
        if let colon = host.lastIndex(of: ":") { host = host[..<colon] }
        if host.lowercased() == "localhost" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}

/// Looks up whose socket a TCP peer of this host is, in the kernel's socket tables (proc(5), /proc/net/tcp).
enum PeerSocket {
    /// Longest table that is read: about 400,000 sockets.
    private static let tableLimitBytes = 64 << 20

    /// The user id of the socket whose own address is `peer` (`127.0.0.1:4711`, `[::1]:4711`); nil when there is none
    /// in this network namespace. Blocking.
    static func userID(of peer: String) throws -> UInt32? {
        guard let colon = peer.lastIndex(of: ":"), let port = UInt16(peer[peer.index(after: colon)...]) else {
            return nil
        }
        let address = String(peer[..<colon]).filter { $0 != "[" && $0 != "]" }
        let hexPort = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hexPort.count) + hexPort
        if let octets = ipv4(address) {
            let hex = octets.reversed().map { byte(UInt8($0)) }.joined()
            if let user = try user("/proc/net/tcp", local: hex + suffix) { return user }
            // A dual-stack client socket shows an IPv4 peer as a mapped address.
            return try user("/proc/net/tcp6", local: "0000000000000000FFFF0000" + hex + suffix)
        }
        guard address == "::1" else { return nil }
        return try user("/proc/net/tcp6", local: "00000000000000000000000001000000" + suffix)
    }

    private static func user(_ table: String, local: String) throws -> UInt32? {
        guard File.exists(table) else { return nil }
        return match(try File.readText(table, limit: tableLimitBytes), local: local)
    }

    /// Finds the row of a connected socket (state 01) with that local address; its eighth column is the user.
    static func match(_ table: String, local: String) -> UInt32? {
        for line in table.utf8.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let columns = line.split(separator: UInt8(ascii: " "), maxSplits: 8, omittingEmptySubsequences: true)
            guard columns.count > 7, columns[1].elementsEqual(local.utf8), columns[3].elementsEqual("01".utf8) else {
                continue
            }
            return UInt32(String(decoding: columns[7], as: UTF8.self))
        }
        return nil
    }

    private static func ipv4(_ text: String) -> [UInt8]? {
        let plain = text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
        let octets = plain.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4 else { return nil }
        return octets.contains(nil) ? nil : octets.compactMap { $0 }
    }

    private static func byte(_ value: UInt8) -> String {
        let hex = String(value, radix: 16, uppercase: true)
        return hex.count == 1 ? "0" + hex : hex
    }
}
