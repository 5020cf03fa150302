import NFTables

/// The names of one owner (a Service, say): records by name.
public struct NameEntry: Hashable, Sendable {
    /// The full name, for example `web.default.svc.cluster.local`.
    public let name: DNSName
    /// All the records of the name.
    public let records: [DNSRecord]

    /// The records of one name.
    public init(_ name: DNSName, _ records: [DNSRecord]) {
        self.name = name
        self.records = records
    }
}

/// What our own knowledge says about a question.
enum LocalAnswer: Hashable, Sendable {
    /// These records; the name may be an alias whose target is in the list as well.
    case records([OwnedDNSRecord], additionals: [OwnedDNSRecord])
    /// An alias to a name outside; its records come from upstream.
    case alias(target: DNSName)
    /// The name is there, but has no record of this type.
    case noData(zone: DNSName)
    /// The name is in a zone of ours and not there.
    case nameError(zone: DNSName)
    /// Not a name of ours.
    case unknown
}

/// All names the platform knows: the cluster's zone, and per network the names of its containers. A pure value.
struct NameRecords: Sendable {
    /// The cluster's zone.
    let zone: DNSName
    /// Addresses whose `a-b-c-d.namespace.pod.<zone>` names are computed, and whose reverse names are ours.
    let clusterRanges: [IPv4Prefix]

    private var owners: [String: [NameEntry]] = [:]
    private var byName: [DNSName: [String: [DNSRecord]]] = [:]
    /// How many names lie below a name: those are there, but empty (RFC 8020).
    private var below: [DNSName: Int] = [:]
    private var networks: [String: NetworkNames] = [:]

    /// The names of one network.
    struct NetworkNames: Sendable {
        let prefix: IPv4Prefix
        var addresses: [DNSName: Set<IPv4Address>] = [:]
        var owners: [String: (names: [DNSName], address: IPv4Address)] = [:]
    }

    init(zone: DNSName, clusterRanges: [IPv4Prefix]) {
        self.zone = zone
        self.clusterRanges = clusterRanges
        insert(NameEntry(zone, []), owner: "")
        insert(NameEntry(DNSName(trusted: "dns-version." + zone.text), [.text("1.1.0")]), owner: "")
        for part in ["svc", "pod"] { insert(NameEntry(DNSName(trusted: "\(part).\(zone.text)"), []), owner: "") }
    }

    /// Replaces all names and reverse names of `owner`; empty lists remove it.
    mutating func replace(owner: String, entries: [NameEntry]) {
        for entry in owners[owner] ?? [] { remove(entry, owner: owner) }
        owners[owner] = entries.isEmpty ? nil : entries
        for entry in entries { insert(entry, owner: owner) }
    }

    /// Every owner that has names, for a level-triggered feed that must forget the ones that are gone.
    var ownerNames: Set<String> { Set(owners.keys) }

    private mutating func insert(_ entry: NameEntry, owner: String) {
        if byName[entry.name] == nil { countBelow(entry.name, by: 1) }
        byName[entry.name, default: [:]][owner, default: []].append(contentsOf: entry.records)
    }

    private mutating func remove(_ entry: NameEntry, owner: String) {
        guard byName[entry.name]?.removeValue(forKey: owner) != nil else { return }
        if byName[entry.name]?.isEmpty == true {
            byName[entry.name] = nil
            countBelow(entry.name, by: -1)
        }
    }

    private mutating func countBelow(_ name: DNSName, by step: Int) {
        var parent = name.parent
        while let current = parent, current.isWithin(zone) {
            let count = below[current, default: 0] + step
            below[current] = count == 0 ? nil : count
            parent = current.parent
        }
    }

    // MARK: - Networks

    mutating func addNetwork(_ id: String, prefix: IPv4Prefix) {
        if networks[id] == nil { networks[id] = NetworkNames(prefix: prefix) }
    }

    mutating func removeNetwork(_ id: String) { networks[id] = nil }

    /// Replaces the names of one endpoint of a network.
    mutating func setEndpoint(network: String, owner: String, names: [DNSName], address: IPv4Address) {
        removeEndpoint(network: network, owner: owner)
        guard networks[network] != nil else { return }
        networks[network]?.owners[owner] = (names, address)
        for name in names { networks[network]?.addresses[name, default: []].insert(address) }
    }

    mutating func removeEndpoint(network: String, owner: String) {
        guard let old = networks[network]?.owners.removeValue(forKey: owner) else { return }
        for name in old.names {
            networks[network]?.addresses[name]?.remove(old.address)
            if networks[network]?.addresses[name]?.isEmpty == true { networks[network]?.addresses[name] = nil }
        }
    }

    // MARK: - Answers

    /// What we know about `question` from a client of this address. `nil` clients see the cluster's zone only.
    func answer(_ question: DNSQuestion, client: IPv4Address?) -> LocalAnswer {
        if let client, let answer = networkAnswer(question, client: client) { return answer }
        if question.name.isWithin(zone) { return zoneAnswer(question) }
        if question.name.isWithin(Self.reverseZone) { return reverseAnswer(question, client: client) }
        return .unknown
    }

    private func networkAnswer(_ question: DNSQuestion, client: IPv4Address) -> LocalAnswer? {
        for network in networks.values where network.prefix.contains(client) {
            guard let addresses = network.addresses[question.name] else { continue }
            guard question.type == .a || question.type == .any else { return .noData(zone: question.name) }
            return .records(
                addresses.sorted().map { OwnedDNSRecord(question.name, .address($0)) }, additionals: [])
        }
        return nil
    }

    private func zoneAnswer(_ question: DNSQuestion) -> LocalAnswer {
        guard let held = byName[question.name] else {
            if below[question.name] != nil { return .noData(zone: zone) }
            return podAnswer(question) ?? .nameError(zone: zone)
        }
        var records = held.keys.sorted().flatMap { held[$0] ?? [] }
        if case .alias(let target)? = records.first(where: { $0.type == .cname }) {
            if question.type == .cname {
                return .records([OwnedDNSRecord(question.name, .alias(target))], additionals: [])
            }
            return .alias(target: target)
        }
        if question.type != .any { records.removeAll { $0.type != question.type } }
        guard !records.isEmpty else { return .noData(zone: zone) }
        return .records(records.map { OwnedDNSRecord(question.name, $0) }, additionals: targets(of: records))
    }

    /// The addresses that SRV records point at spare the client the next question (RFC 2782).
    private func targets(of records: [DNSRecord]) -> [OwnedDNSRecord] {
        var extra: [OwnedDNSRecord] = []
        for case .service(_, _, let target) in records {
            for record in (byName[target] ?? [:]).values.joined() where record.type == .a {
                extra.append(OwnedDNSRecord(target, record))
            }
        }
        return extra
    }

    /// `10-1-2-3.namespace.pod.<zone>` is 10.1.2.3 when that lies in a range of the cluster.
    private func podAnswer(_ question: DNSQuestion) -> LocalAnswer? {
        let suffix = ".pod." + zone.text
        guard question.name.text.hasSuffix(suffix) else { return nil }
        let labels = question.name.text.dropLast(suffix.utf8.count).split(separator: ".")
        guard labels.count == 2, let address = IPv4Address(String(labels[0].map { $0 == "-" ? "." : $0 })),
            clusterRanges.contains(where: { $0.contains(address) })
        else { return nil }
        guard question.type == .a || question.type == .any else { return .noData(zone: zone) }
        return .records([OwnedDNSRecord(question.name, .address(address))], additionals: [])
    }

    // MARK: - Reverse names

    static let reverseZone = DNSName(trusted: "in-addr.arpa")

    static func address(ofReverse name: DNSName) -> IPv4Address? {
        let suffix = ".in-addr.arpa"
        guard name.text.hasSuffix(suffix) else { return nil }
        let labels = name.text.dropLast(suffix.utf8.count).split(separator: ".", omittingEmptySubsequences: false)
        return labels.count == 4 ? IPv4Address(labels.reversed().joined(separator: ".")) : nil
    }

    private func reverseAnswer(_ question: DNSQuestion, client: IPv4Address?) -> LocalAnswer {
        guard let address = Self.address(ofReverse: question.name) else { return .unknown }
        let zone = question.name.parent ?? Self.reverseZone
        let named = (byName[question.name] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
        let records = named.isEmpty ? endpointPointers(address, client: client) : named
        if records.isEmpty {
            let ours = clusterRanges + networks.values.map(\.prefix)
            return ours.contains { $0.contains(address) } ? .nameError(zone: zone) : .unknown
        }
        guard question.type == .ptr || question.type == .any else { return .noData(zone: zone) }
        return .records(records.map { OwnedDNSRecord(question.name, $0) }, additionals: [])
    }

    private func endpointPointers(_ address: IPv4Address, client: IPv4Address?) -> [DNSRecord] {
        guard let client else { return [] }
        for network in networks.values where network.prefix.contains(client) && network.prefix.contains(address) {
            if let owner = network.owners.values.first(where: { $0.address == address }), let name = owner.names.first {
                return [.pointer(name)]
            }
        }
        return []
    }
}
