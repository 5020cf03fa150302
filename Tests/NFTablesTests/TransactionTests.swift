import Testing

@testable import NFTables

@Suite struct TransactionTests {
    private let table = Table("skiff-test")

    @Test func rendersEveryCommand() {
        let key = Expression.concatenation([.destinationAddress, .layer4Protocol, .destinationPort])
        var transaction = Transaction([
            .addTable(table),
            .addChain(table, Chain("in", hook: Hook(.nat, .prerouting, priority: -100))),
            .addMap(table, MapDeclaration("services", key: key, value: .verdict)),
            .addSet(table, SetDeclaration("ranges", key: .sourceAddress, holdsRanges: true)),
            .addRule(table, chain: "in", Rule(.verdictMap(key, "services"))),
        ])
        let element = Value.concatenation([.address(.loopback), .transport(.tcp), .port(80)])
        transaction.add([Element(element, .verdict(.goto("pick")))], to: "services", of: table)
        transaction.delete([element], from: "services", of: table)
        transaction.append(.deleteTable(table))
        #expect(
            transaction.rendered == """
                add table ip skiff-test
                add chain ip skiff-test in { type nat hook prerouting priority -100 ; policy accept ; }
                add map ip skiff-test services { typeof ip daddr . meta l4proto . th dport : verdict ; }
                add set ip skiff-test ranges { typeof ip saddr ; flags interval ; }
                add rule ip skiff-test in ip daddr . meta l4proto . th dport vmap @services
                add element ip skiff-test services { 127.0.0.1 . tcp . 80 : goto pick }
                delete element ip skiff-test services { 127.0.0.1 . tcp . 80 }
                delete table ip skiff-test

                """)
    }

    @Test func emptyElementChangesAreLeftOut() {
        var transaction = Transaction()
        transaction.add([], to: "services", of: table)
        transaction.delete([], from: "services", of: table)
        #expect(transaction.isEmpty)
    }
}
