import SystemLinux

/// The TCP sockets of a network namespace, from the kernel's tables (proc_net(5)).
enum SocketTable {
    /// States of sockets as the tables write them.
    enum State: String, Sendable {
        /// A connection, accepted or waiting to be.
        case established = "01"
        /// Waiting for connections.
        case listening = "0A"
    }

    /// Tables of one network namespace are at most this long.
    static let tableLimitBytes = 4 << 20

    /// Whether a socket in `state` has one of `ports` as its own in the network namespace of `pid`. Blocks; false when
    /// the process ended.
    static func hasSocket(_ state: State, on ports: Set<Int>, seenBy pid: Int32) -> Bool {
        for table in ["tcp", "tcp6"] {
            guard let text = try? File.readText("/proc/\(pid)/net/\(table)", limit: tableLimitBytes) else { continue }
            if !Self.ports(of: state, in: text).isDisjoint(with: ports) { return true }
        }
        return false
    }

    /// The own ports of the sockets in `state` in a table.
    static func ports(of state: State, in table: String) -> Set<Int> {
        var ports: Set<Int> = []
        for line in table.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
            guard columns.count > 3, columns[3] == state.rawValue, let colon = columns[1].lastIndex(of: ":"),
                let port = Int(columns[1][columns[1].index(after: colon)...], radix: 16)
            else { continue }
            ports.insert(port)
        }
        return ports
    }
}
