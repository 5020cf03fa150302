/// The texts of the three files every container gets: hosts, resolv.conf, hostname. Pure.
enum NetworkFiles {
    /// `/etc/hosts`: loopback, the container's own addresses, then what the request adds.
    /// - Parameter hostGateway: what `host-gateway` stands for, nil when the container has no way to the host.
    static func hosts(
        hostname: String,
        domainname: String,
        addresses: [String],
        extraHosts: [String],
        hostGateway: String?
    ) throws(RuntimeError) -> String {
        var out = """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::\tip6-localnet
            ff00::\tip6-mcastprefix
            ff02::1\tip6-allnodes
            ff02::2\tip6-allrouters

            """
        for entry in extraHosts {
            // The address may hold colons, so the first colon (or equals sign) ends the name.
            guard let cut = entry.firstIndex(where: { $0 == ":" || $0 == "=" }), cut != entry.startIndex else {
                throw RuntimeError(.invalid, "invalid extra host \"\(entry)\": expected NAME:ADDRESS")
            }
            let name = entry[..<cut]
            var address = String(entry[entry.index(after: cut)...])
            if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
            if address == "host-gateway" {
                guard let hostGateway else {
                    throw RuntimeError(.invalid, "extra host \"\(entry)\": this network has no gateway to the host")
                }
                address = hostGateway
            }
            guard !address.isEmpty, address.allSatisfy({ $0.isHexDigit || $0 == "." || $0 == ":" }) else {
                throw RuntimeError(.invalid, "invalid extra host \"\(entry)\": \"\(address)\" is not an IP address")
            }
            out += "\(address)\t\(name)\n"
        }
        let names = domainname.isEmpty ? hostname : "\(hostname).\(domainname) \(hostname)"
        for address in addresses where !address.isEmpty { out += "\(address)\t\(names)\n" }
        return out
    }

    /// What a resolv.conf is made of.
    struct Resolver: Sendable, Hashable {
        var nameServers: [String] = []
        var searchDomains: [String] = []
        var options: [String] = []

        /// Reads a host's resolv.conf.
        init(parsing text: String) {
            for line in text.split(whereSeparator: \.isNewline) {
                let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
                guard let keyword = words.first else { continue }
                switch keyword {
                case "nameserver": nameServers += words.dropFirst().prefix(1)
                case "search", "domain": searchDomains = Array(words.dropFirst())
                case "options": options += words.dropFirst()
                default: continue
                }
            }
        }

        init(nameServers: [String], searchDomains: [String], options: [String]) {
            self.nameServers = nameServers
            self.searchDomains = searchDomains
            self.options = options
        }

        /// The same without name servers that only the host itself can reach.
        func withoutLoopback() -> Resolver {
            var out = self
            out.nameServers.removeAll { $0.hasPrefix("127.") || $0 == "::1" }
            return out
        }

        var text: String {
            var out = ""
            for server in nameServers { out += "nameserver \(server)\n" }
            if !searchDomains.isEmpty { out += "search \(searchDomains.joined(separator: " "))\n" }
            if !options.isEmpty { out += "options \(options.joined(separator: " "))\n" }
            return out
        }
    }

    /// `/etc/resolv.conf`: the request's word first, then the network's, then the host's.
    static func resolver(
        host: HostRequest,
        attachment: NetworkAttachment?,
        hostText: String,
        sharesHostNetwork: Bool
    ) -> Resolver {
        let own = Resolver(parsing: hostText)
        var out = sharesHostNetwork ? own : own.withoutLoopback()
        if let attachment {
            if !attachment.nameServers.isEmpty { out.nameServers = attachment.nameServers }
            if !attachment.searchDomains.isEmpty { out.searchDomains = attachment.searchDomains }
            if !attachment.resolverOptions.isEmpty { out.options = attachment.resolverOptions }
        }
        if !host.dns.isEmpty { out.nameServers = host.dns }
        if !host.dnsSearch.isEmpty { out.searchDomains = host.dnsSearch == ["."] ? [] : host.dnsSearch }
        if !host.dnsOptions.isEmpty { out.options = host.dnsOptions }
        return out
    }
}
