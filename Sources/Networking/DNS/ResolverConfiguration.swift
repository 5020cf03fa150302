import NFTables

/// What a resolv.conf(5) says, as far as this resolver uses it.
public struct ResolverConfiguration: Hashable, Sendable {
    /// How many name servers are used at most (MAXNS of the C library).
    public static let serverLimit = 3

    /// IPv4 name servers in order.
    public var servers: [IPv4Address]
    /// Domains that clients append.
    public var search: [String]
    /// The options line, for containers that take over the host's.
    public var options: [String]

    /// A configuration of these values.
    public init(servers: [IPv4Address], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }

    /// Reads the file's text. Unknown lines and name servers of other families are skipped; the last `search` or
    /// `domain` line wins, as in the C library.
    public init(parsing text: some StringProtocol) {
        self.init(servers: [])
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#", first != ";" else { continue }
            let words = line.split(whereSeparator: \.isWhitespace)
            switch words.first {
            case "nameserver":
                if words.count > 1, servers.count < Self.serverLimit, let server = IPv4Address(words[1]) {
                    servers.append(server)
                }
            case "search", "domain": search = words[1...].map { String($0) }
            case "options": options += words[1...].map { String($0) }
            default: continue
            }
        }
    }

    /// The file's text for a container.
    public var rendered: String {
        var lines = servers.map { "nameserver \($0)" }
        if !search.isEmpty { lines.append("search " + search.joined(separator: " ")) }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.joined(separator: "\n") + "\n"
    }
}
