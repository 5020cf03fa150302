import NFTables

/// The table of Service traffic: static rules over maps, and changes of elements. Pure.
///
/// A packet is looked up in `services`, which sends it to the chain for that many slots; there a random number, or the
/// hash of its source, picks the slot, and `slots` holds the endpoint. Rules never change after `skeleton`: a change
/// of Services adds and deletes elements, whose cost does not depend on how many Services there are.
struct ProxyRules: Sendable {
    let cluster: String
    /// What the names of the cluster's bridges begin with.
    let bridgePrefix: InterfaceName
    let serviceRange: IPv4Prefix

    static let services: Identifier = "services"
    static let slots: Identifier = "slots"
    static let published: Identifier = "published"
    static let publishedAnywhere: Identifier = "published-anywhere"
    static let refused: Identifier = "refused"
    static let hairpins: Identifier = "hairpins"

    var table: Table { Table(cluster: cluster, purpose: "svc") }

    private static let front = Expression.concatenation([.destinationAddress, .layer4Protocol, .destinationPort])
    private static let loopback = IPv4Prefix(IPv4Address(127, 0, 0, 0), length: 8)

    // MARK: - Static part

    /// The whole table without elements.
    var skeleton: Transaction {
        var transaction = Transaction([.addTable(table)])
        transaction.append(contentsOf: containers)
        for (isSticky, count) in SlotPlan.allCounts {
            let chain = SlotPlan.chain(sticky: isSticky, count: count)
            transaction.append(.addChain(table, Chain(chain)))
            transaction.append(
                .addRule(
                    table, chain: chain,
                    Rule(.rewriteDestination(byLooking: Self.slotKey(isSticky, UInt32(count)), in: Self.slots))
                )
            )
        }
        for (chain, rules) in chains {
            transaction.append(.addChain(table, chain))
            transaction.append(contentsOf: rules.map { .addRule(table, chain: chain.name, $0) })
        }
        return transaction
    }

    private static func slotKey(_ isSticky: Bool, _ count: UInt32) -> Expression {
        .concatenation([
            .destinationAddress, .layer4Protocol, .destinationPort,
            isSticky ? .sourceHash(modulus: count) : .randomNumber(modulus: count),
        ])
    }

    private var containers: [Transaction.Command] {
        [
            .addMap(table, MapDeclaration(Self.services, key: Self.front, value: .verdict)),
            .addMap(table, MapDeclaration(Self.slots, key: Self.slotKey(false, 1), value: .addressAndPort)),
            .addMap(table, MapDeclaration(Self.published, key: Self.front, value: .addressAndPort)),
            .addMap(
                table,
                MapDeclaration(
                    Self.publishedAnywhere, key: .concatenation([.layer4Protocol, .destinationPort]),
                    value: .addressAndPort
                )
            ),
            .addSet(table, SetDeclaration(Self.refused, key: Self.front)),
            .addSet(
                table, SetDeclaration(Self.hairpins, key: .concatenation([.sourceAddress, .destinationAddress]))),
        ]
    }

    private var chains: [(Chain, [Rule])] {
        let lo = InterfaceName(own: "lo")
        let anywhere = Statement.rewriteDestination(
            byLooking: .concatenation([.layer4Protocol, .destinationPort]), in: Self.publishedAnywhere)
        let toService = Rule(.verdictMap(Self.front, Self.services))
        let toPublished = [
            Rule(.rewriteDestination(byLooking: Self.front, in: Self.published)), Rule(.destinationIsLocal, anywhere),
        ]
        return [
            // CVE-2020-8558: with loopback routing on, a neighbour could reach what listens on 127.0.0.1 only. Before
            // connection tracking, so that it also holds for packets that would be translated.
            (
                Chain("guard", hook: Hook(.filter, .prerouting, priority: -300)),
                [
                    Rule(
                        .inputInterfaceIsNot(lo), .equal(.destinationAddress, .prefix(Self.loopback)), .verdict(.drop)),
                    Rule(.inputInterfaceIsNot(lo), .equal(.sourceAddress, .prefix(Self.loopback)), .verdict(.drop)),
                ]
            ),
            // Services are for the cluster's sandboxes and this host; only published ports are for everybody.
            (Chain("own", hook: nil), [toService]),
            (
                Chain("arriving", hook: Hook(.nat, .prerouting, priority: -100)),
                [Rule(.inputInterfaceBegins(bridgePrefix), .verdict(.jump("own")))] + toPublished
            ),
            (Chain("departing", hook: Hook(.nat, .output, priority: -100)), [toService] + toPublished),
            (Chain("rewritten", hook: Hook(.nat, .postrouting, priority: 100)), sourceRules(lo)),
            (Chain("refuse-forwarded", hook: Hook(.filter, .forward, priority: -1)), refusals),
            (Chain("refuse-departing", hook: Hook(.filter, .output, priority: -1)), refusals),
            (Chain("refuse-arriving", hook: Hook(.filter, .input, priority: -1)), refusals),
        ]
    }

    /// The answer has to come back here: a pod cannot answer 127.0.0.1, and would answer itself without us.
    private func sourceRules(_ lo: InterfaceName) -> [Rule] {
        [
            Rule(
                .equal(.sourceAddress, .prefix(Self.loopback)), .outputInterfaceIsNot(lo), .destinationWasRewritten,
                .masquerade),
            Rule(
                .member(.concatenation([.sourceAddress, .destinationAddress]), of: Self.hairpins),
                .destinationWasRewritten, .masquerade),
        ]
    }

    /// What is addressed to a Service without endpoints, or to a ClusterIP that is nobody's, is refused at once.
    private var refusals: [Rule] {
        [Statement.member(Self.front, of: Self.refused), .equal(.destinationAddress, .prefix(serviceRange))].flatMap {
            [Rule($0, .rejectWithReset), Rule($0, .rejectPortUnreachable)]
        }
    }

    // MARK: - Elements

    /// A change of Services as a change of elements: deletions first, so that an element can get another value.
    func transaction(for change: TableChange) -> Transaction {
        var transaction = Transaction()
        let (publishedGone, servicesGone) = Self.split(change.deletedSlots)
        transaction.delete(
            change.deletedServices.filter { $0.reach == .cluster }.map(Self.key), from: Self.services, of: table)
        transaction.delete(servicesGone.map(Self.key), from: Self.slots, of: table)
        transaction.delete(change.deletedRefusals.map(Self.key), from: Self.refused, of: table)
        transaction.delete(change.deletedHairpins.map(Self.pair), from: Self.hairpins, of: table)
        transaction.delete(
            publishedGone.filter { $0.address != .any }.map(Self.key), from: Self.published, of: table)
        transaction.delete(
            publishedGone.filter { $0.address == .any }.map(Self.portKey), from: Self.publishedAnywhere, of: table)

        let services = change.addedServices.filter { $0.key.reach == .cluster }.sorted { $0.key < $1.key }
        transaction.add(
            services.map { Element(Self.key($0.key), .verdict(.goto($0.value))) }, to: Self.services, of: table)
        addSlots(change.addedSlots, to: &transaction)
        transaction.add(change.addedRefusals.map { Element(Self.key($0)) }, to: Self.refused, of: table)
        transaction.add(change.addedHairpins.map { Element(Self.pair($0)) }, to: Self.hairpins, of: table)
        return transaction
    }

    private func addSlots(_ added: [TableChange.SlotKey: Backend], to transaction: inout Transaction) {
        var slots: [Element] = []
        var published: [Element] = []
        var anywhere: [Element] = []
        for (key, backend) in added.sorted(by: { ($0.key.frontend, $0.key.slot) < ($1.key.frontend, $1.key.slot) }) {
            let target = Element.Content.value(.concatenation([.address(backend.address), .port(backend.port)]))
            if key.frontend.reach == .cluster {
                slots.append(Element(Self.key(key), target))
            } else if key.frontend.address == .any {
                anywhere.append(Element(Self.portKey(key.frontend), target))
            } else {
                published.append(Element(Self.key(key.frontend), target))
            }
        }
        transaction.add(slots, to: Self.slots, of: table)
        transaction.add(published, to: Self.published, of: table)
        transaction.add(anywhere, to: Self.publishedAnywhere, of: table)
    }

    /// Published ports have one container behind them and no slots in the kernel.
    private static func split(_ keys: [TableChange.SlotKey]) -> ([Frontend], [TableChange.SlotKey]) {
        (keys.filter { $0.frontend.reach == .everybody }.map(\.frontend), keys.filter { $0.frontend.reach == .cluster })
    }

    private static func key(_ frontend: Frontend) -> Value {
        .concatenation([.address(frontend.address), .transport(frontend.transport), .port(frontend.port)])
    }

    private static func portKey(_ frontend: Frontend) -> Value {
        .concatenation([.transport(frontend.transport), .port(frontend.port)])
    }

    private static func key(_ slot: TableChange.SlotKey) -> Value {
        .concatenation([
            .address(slot.frontend.address), .transport(slot.frontend.transport), .port(slot.frontend.port),
            .number(slot.slot),
        ])
    }

    private static func pair(_ address: IPv4Address) -> Value {
        .concatenation([.address(address), .address(address)])
    }
}
