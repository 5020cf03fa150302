import NFTables
import SystemLinux

/// Finds out who has a port, for the error message. Blocks; best effort, because processes come and go.
enum PortOccupant {
    /// How many processes are looked at; a host with more gets a message without a name.
    private static let processLimit = 20_000

    /// The error for a port that is taken, with the name and number of the process that has it.
    static func error(for frontend: Frontend) -> ServiceProxyError {
        let what = "port \(frontend.address):\(frontend.port)/\(frontend.transport.rawValue) is already in use"
        let who = occupant(of: frontend).map { " by \($0.name) (pid \($0.pid))" } ?? ""
        return ServiceProxyError(.portInUse, "\(what)\(who): choose another port or end that program")
    }

    private static func occupant(of frontend: Frontend) -> (name: String, pid: String)? {
        let file = "/proc/thread-self/net/\(frontend.transport.rawValue)"
        guard let text = try? File.readText(file) else { return nil }
        let inodes = Set(sockets(in: text, on: frontend))
        guard !inodes.isEmpty, let processes = try? Directory.entries("/proc") else { return nil }
        for process in processes.prefix(processLimit) where process.name.utf8.allSatisfy({ (48...57).contains($0) }) {
            let folder = "/proc/\(process.name)/fd"
            for descriptor in (try? Directory.entries(folder)) ?? [] {
                guard let target = try? File.readLink("\(folder)/\(descriptor.name)"), inodes.contains(target) else {
                    continue
                }
                let name = (try? File.readText("/proc/\(process.name)/comm"))?.split(separator: "\n").first
                return (name.map(String.init) ?? "a program", process.name)
            }
        }
        return nil
    }

    /// The sockets bound to the port on this address or on all, as `/proc/PID/fd` names them. Lines are
    /// `sl local_address rem_address st … inode`, addresses as hexadecimal numbers in host byte order (proc(5)).
    static func sockets(in text: String, on frontend: Frontend) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { line -> String? in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9 else { return nil }
            let local = fields[1].split(separator: ":")
            guard local.count == 2, let raw = UInt32(local[0], radix: 16), let port = UInt16(local[1], radix: 16) else {
                return nil
            }
            let address = IPv4Address(raw: UInt32(bigEndian: raw))
            let overlaps = address == frontend.address || address == .any || frontend.address == .any
            guard port == frontend.port, overlaps, fields[3] == (frontend.transport == .tcp ? "0A" : "07") else {
                return nil
            }
            return "socket:[\(fields[9])]"
        }
    }
}
