import SystemLinux

/// Which TCP ports processes listen on, from the kernel's tables (proc_net(5)).
enum ListeningSockets {
    /// Tables of one network namespace are at most this long.
    static let tableLimitBytes = 4 << 20

    /// Whether something listens on one of `ports` in the network namespace of `pid`. Blocks; false when it ended.
    static func exist(on ports: Set<Int>, seenBy pid: Int32) -> Bool {
        for table in ["tcp", "tcp6"] {
            guard let text = try? File.readText("/proc/\(pid)/net/\(table)", limit: tableLimitBytes) else { continue }
            if !Self.ports(in: text).isDisjoint(with: ports) { return true }
        }
        return false
    }

    /// The ports of the sockets in state LISTEN (0A) in a table.
    static func ports(in table: String) -> Set<Int> {
        var ports: Set<Int> = []
        for line in table.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: true)
            guard columns.count > 3, columns[3] == "0A", let colon = columns[1].lastIndex(of: ":"),
                let port = Int(columns[1][columns[1].index(after: colon)...], radix: 16)
            else { continue }
            ports.insert(port)
        }
        return ports
    }
}
