import SystemLinux

/// The machine's name. Reads one line of /proc, which does not block on a disk.
enum HostName {
    /// The kernel's host name.
    static var own: String {
        let text = (try? File.readText("/proc/sys/kernel/hostname")) ?? ""
        return String(text.prefix { $0 != "\n" })
    }

    /// The host name as the name of a Node object: a DNS subdomain (RFC 1123).
    static var node: String { subdomain(of: own) }

    /// `name` in lower case with everything else made `-`, never empty. Pure.
    static func subdomain(of name: String) -> String {
        let allowed = name.lowercased().unicodeScalars.map { scalar -> Character in
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "." || scalar == "-"
            return isPlain ? Character(scalar) : "-"
        }
        let edges: (Character) -> Bool = { $0 == "-" || $0 == "." }
        var trimmed = allowed.drop(while: edges)
        while let last = trimmed.last, edges(last) { trimmed.removeLast() }
        return trimmed.isEmpty ? "node" : String(trimmed.prefix(253))
    }
}
