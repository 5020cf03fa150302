import NFTables

/// How to get our packets past another program's firewall. Pure planning over what `PacketRules.foreignChains` found.
struct FirewallOpening: Sendable {
    let cluster: String
    /// TCP ports of the daemon that pods must reach, DNS apart.
    let hostTCPPorts: [UInt16]

    /// The comment by which our rules are found again: it is their only record, so it cannot be lost.
    var comment: Identifier { Table(cluster: cluster, purpose: "pass").name }

    private var ours: InterfaceName { InterfaceName(own: InterfaceNames(cluster: cluster).bridgePrefix) }

    /// The chain that dockerd keeps over its restarts for rules like ours.
    private static let dockerUser = "DOCKER-USER"

    /// The chains that drop our packets, with a rule for each that lets them pass, unless it is there already.
    func opening(_ states: [ForeignChain.State]) -> Transaction {
        var transaction = Transaction()
        for state in states where state.dropsByDefault {
            guard let place = state.place else { continue }
            let target = Self.target(for: state, in: states)
            let present = states.first { $0.chain == target }?.commented[comment.description] ?? []
            guard present.isEmpty else { continue }
            for statements in passes(place) {
                transaction.append(.insertForeignAccept(target, statements, comment: comment))
            }
        }
        return transaction
    }

    /// Deletes every rule of ours in foreign chains.
    func closing(_ states: [ForeignChain.State]) -> Transaction {
        Transaction(
            states.flatMap { state in
                (state.commented[comment.description] ?? []).map { .deleteForeignRule(state.chain, handle: $0) }
            }
        )
    }

    private static func target(for state: ForeignChain.State, in states: [ForeignChain.State]) -> ForeignChain {
        guard state.place == .forward, state.chain.name == "FORWARD" else { return state.chain }
        let kept = states.first {
            $0.chain.family == state.chain.family && $0.chain.table == state.chain.table
                && $0.chain.name == dockerUser
        }
        return kept?.chain ?? state.chain
    }

    private func passes(_ place: ForeignChain.Place) -> [[Statement]] {
        switch place {
        case .forward:
            return [[.inputInterfaceBegins(ours)], [.outputInterfaceBegins(ours)]]
        case .input:
            let dns: [[Statement]] = TransportProtocol.allCases.filter { $0 != .sctp }.map {
                [
                    .inputInterfaceBegins(ours), .equal(.layer4Protocol, .transport($0)),
                    .equal(.destinationPort, .port(53)),
                ]
            }
            return dns
                + hostTCPPorts.map {
                    [
                        .inputInterfaceBegins(ours), .equal(.layer4Protocol, .transport(.tcp)),
                        .equal(.destinationPort, .port($0)),
                    ]
                }
        }
    }
}
