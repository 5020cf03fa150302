import NFTables

/// The packet rules of a cluster's networks: what may be forwarded, what is hidden behind the host's address, and what
/// may never leave. Pure: the same networks give the same rules.
struct NetworkRules: Sendable {
    let cluster: String
    let ranges: ClusterRanges
    let networks: [NetworkRecord]

    var table: Table { Table(cluster: cluster, purpose: "net") }

    private var names: InterfaceNames { InterfaceNames(cluster: cluster) }
    private var ours: InterfaceName { InterfaceName(own: names.bridgePrefix) }

    private func bridge(_ network: NetworkRecord) -> InterfaceName {
        InterfaceName(own: names.bridge(network: network.id))
    }

    /// The whole table, to be applied in place of an older one.
    var transaction: Transaction {
        var transaction = Transaction([
            .addTable(table),
            .addChain(table, Chain("forwarded", hook: Hook(.filter, .forward, priority: 0))),
            .addChain(table, Chain("from-host", hook: Hook(.filter, .output, priority: 0))),
            .addChain(table, Chain("leaving", hook: Hook(.nat, .postrouting, priority: 100))),
        ])
        transaction.append(contentsOf: forwarded.map { .addRule(table, chain: "forwarded", $0) })
        transaction.append(contentsOf: fromHost.map { .addRule(table, chain: "from-host", $0) })
        transaction.append(contentsOf: leaving.map { .addRule(table, chain: "leaving", $0) })
        return transaction
    }

    private var forwarded: [Rule] {
        var rules = stayHome(except: [])
        rules.append(Rule(.establishedOrRelated, .verdict(.accept)))
        rules.append(Rule(.destinationWasRewritten, .verdict(.accept)))
        for network in networks where network.mode == .bridged {
            let own = bridge(network)
            rules.append(
                Rule(.inputInterface(own), .outputInterfaceBegins(ours), .outputInterfaceIsNot(own), .verdict(.drop)))
            rules.append(
                Rule(.outputInterface(own), .inputInterfaceBegins(ours), .inputInterfaceIsNot(own), .verdict(.drop)))
        }
        for network in networks where network.isInternal {
            let own = bridge(network)
            rules.append(Rule(.inputInterface(own), .outputInterfaceIsNot(own), .verdict(.drop)))
        }
        rules.append(Rule(.inputInterfaceBegins(ours), .verdict(.accept)))
        // The host routes now, so a neighbour on its link could send packets to pods: only published ports are open.
        rules.append(Rule(.outputInterfaceBegins(ours), .verdict(.drop)))
        return rules
    }

    private var fromHost: [Rule] {
        // Pods of a routed network are told to go through the gateway on purpose; a redirect would undo that.
        [Rule(.outputInterfaceBegins(ours), .isICMPRedirect, .verdict(.drop))]
            + stayHome(except: [.outputInterfaceIsNot(InterfaceName(own: "lo"))])
    }

    /// No packet for a pod or Service leaves by an uplink, whatever routes a VPN may have put in front of ours.
    private func stayHome(except conditions: [Statement]) -> [Rule] {
        [ranges.pods, ranges.services].map { range in
            Rule(
                [.equal(.destinationAddress, .prefix(range)), .outputInterfaceDoesNotBegin(ours)] + conditions
                    + [.rejectHostUnreachable]
            )
        }
    }

    private var leaving: [Rule] {
        var rules: [Rule] = []
        for network in networks {
            let source = Statement.equal(.sourceAddress, .prefix(network.range))
            if network.mode == .bridged {
                // The answer of a neighbour would take the short way and miss the translation back.
                rules.append(
                    Rule(
                        source, .equal(.destinationAddress, .prefix(network.range)), .destinationWasRewritten,
                        .masquerade))
            }
            if !network.isInternal { rules.append(Rule(source, .outputInterfaceDoesNotBegin(ours), .masquerade)) }
        }
        return rules
    }
}
