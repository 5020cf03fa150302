import Document

/// A chain of another program, such as dockerd's or a firewall's.
public struct ForeignChain: Sendable, Hashable, CustomStringConvertible {
    /// Where a base chain is called.
    public enum Place: String, Sendable { case input, forward }

    /// `ip` or `inet`.
    public let family: String
    /// The table's name.
    public let table: String
    /// The chain's name.
    public let name: String

    /// nft accepts these names inside double quotes; names with other characters are never touched.
    init?(family: String, table: String, name: String) {
        let plain = [table, name].allSatisfy { text in
            !text.isEmpty
                && text.utf8.allSatisfy { byte in
                    switch byte {
                    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
                    default: false
                    }
                }
        }
        guard plain, family == "ip" || family == "inet" else { return nil }
        self.family = family
        self.table = table
        self.name = name
    }

    var rendered: String { "\(family) \(table) \(name)" }

    /// Family, table and chain, as nft(8) writes them.
    public var description: String { rendered }

    /// A foreign chain with what matters of its rules.
    public struct State: Sendable, Hashable {
        /// The chain.
        public let chain: ForeignChain
        /// The hook of a base chain at input or forward; nil for a chain that others jump to.
        public let place: Place?
        /// Whether a packet that no rule speaks of is dropped: by the policy, or by a last rule without condition.
        public let dropsByDefault: Bool
        /// The handles of rules by their comments.
        public let commented: [String: [UInt64]]
    }
}

extension ForeignChain {
    /// The tables Skiff makes begin so and are no foreign ones.
    static let ownPrefix = "skiff-"

    /// All chains of other programs in the answer to `list ruleset`.
    static func states(inRuleset ruleset: JSONValue) -> [State] {
        var order: [ForeignChain] = []
        var facts: [ForeignChain: Facts] = [:]
        for item in ruleset["nftables"]?.arrayValue ?? [] {
            if let value = item["chain"], let chain = ForeignChain(value, nameKey: "name") {
                let isFilter = value["type"]?.stringValue == "filter"
                order.append(chain)
                facts[chain] = Facts(
                    place: isFilter ? value["hook"]?.stringValue.flatMap(Place.init) : nil,
                    policyDrops: value["policy"]?.stringValue == "drop"
                )
            } else if let value = item["rule"], let chain = ForeignChain(value, nameKey: "chain") {
                // Rules come in order: the last one decides about packets that no other rule spoke of.
                facts[chain]?.lastRuleDrops = isUnconditionalDrop(value)
                if let comment = value["comment"]?.stringValue, let handle = value["handle"]?.intValue, handle > 0 {
                    facts[chain]?.commented[comment, default: []].append(UInt64(handle))
                }
            }
        }
        return order.compactMap { chain in
            facts[chain].map {
                State(
                    chain: chain, place: $0.place, dropsByDefault: $0.policyDrops || $0.lastRuleDrops,
                    commented: $0.commented
                )
            }
        }
    }

    private struct Facts {
        let place: Place?
        let policyDrops: Bool
        var lastRuleDrops = false
        var commented: [String: [UInt64]] = [:]
    }

    private init?(_ value: JSONValue, nameKey: String) {
        guard let family = value["family"]?.stringValue, let table = value["table"]?.stringValue,
            let name = value[nameKey]?.stringValue, !table.hasPrefix(Self.ownPrefix)
        else { return nil }
        self.init(family: family, table: table, name: name)
    }

    /// Whether a rule has no condition and drops or rejects.
    private static func isUnconditionalDrop(_ rule: JSONValue) -> Bool {
        let parts = (rule["expr"]?.arrayValue ?? []).filter { $0["counter"] == nil && $0["log"] == nil }
        guard parts.count == 1, let only = parts.first else { return false }
        return only["drop"] != nil || only["reject"] != nil
    }
}
