import Effects
import SystemLinux
import Testing

@testable import NFTables

/// Whether this process may make network namespaces.
let isRoot: Bool = (try? File.readText("/proc/self/status"))?.contains("\nUid:\t0\t") ?? false

@Suite(.serialized, .enabled(if: isRoot, "needs root"))
struct PacketRulesSerialTests {
    private let table = Table("skiff-test")

    private func withRules(_ body: (PacketRules) async throws -> Void) async throws {
        let path = "/tmp/skiff-nft-\(Effects.live.hexID().prefix(12))"
        try await BlockingPool.shared.run { try Namespaces.pin(.network, at: path) }
        do {
            try await body(try await PacketRules.open(in: try Namespaces.open(path, .network)))
        } catch {
            try Namespaces.unpin(path)
            throw error
        }
        try Namespaces.unpin(path)
    }

    @Test func probesTheKernelAndLeavesNothing() async throws {
        try await withRules { rules in
            let tables = try await rules.tables()
            #expect(tables == [])
        }
    }

    @Test func appliesAndListsWhatWasApplied() async throws {
        try await withRules { rules in
            let key = Expression.concatenation([
                .destinationAddress, .layer4Protocol, .destinationPort, .randomNumber(modulus: 3),
            ])
            try await rules.apply(
                Transaction([
                    .addTable(table), .addMap(table, MapDeclaration("slots", key: key, value: .addressAndPort)),
                    .addElements(
                        table, "slots",
                        [
                            Element(
                                .concatenation([.address(.loopback), .transport(.udp), .port(53), .number(2)]),
                                .value(.concatenation([.address(IPv4Address(10, 0, 0, 9)), .port(5353)])))
                        ]),
                ]))
            let text = try #require(try await rules.list(table))
            #expect(text.contains("127.0.0.1 . udp . 53 . 2 : 10.0.0.9 . 5353"))
            try await rules.remove(table)
            try await rules.remove(table)
            #expect(try await rules.list(table) == nil)
        }
    }

    @Test func aRefusedTransactionChangesNothing() async throws {
        try await withRules { rules in
            let bad = Transaction([.addTable(table), .deleteElements(table, "missing", [.number(1)])])
            let error = try await #require(throws: NFTablesError.self) { try await rules.apply(bad) }
            #expect(error.code == .refused)
            #expect(try await rules.tables() == [])
        }
    }

    @Test func replacingMakesATableAnew() async throws {
        try await withRules { rules in
            let first = Transaction([.addTable(table), .addChain(table, Chain("old"))])
            let second = Transaction([.addTable(table), .addChain(table, Chain("new"))])
            try await rules.apply(rules.replacing(table, with: first))
            try await rules.apply(rules.replacing(table, with: second))
            let text = try #require(try await rules.list(table))
            #expect(text.contains("chain new"))
            #expect(!text.contains("chain old"))
        }
    }

    @Test func everyNameUsedInSourcesIsAccepted() async throws {
        try await withRules { rules in
            // Keywords of the language, such as `fwd`, would be refused here and not by `Identifier`.
            let names: [Identifier] = [
                "services", "slots", "published", "published-anywhere", "refused", "hairpins", "guard", "own",
                "arriving",
                "departing", "rewritten", "forwarded", "from-host", "leaving", "balance-64", "sticky-256",
            ]
            try await rules.apply(Transaction([.addTable(table)] + names.map { .addChain(table, Chain($0)) }))
        }
    }

    @Test func opensAForeignChainAndClosesItAgain() async throws {
        try await withRules { rules in
            let foreign = Table("filter")
            try await rules.apply(
                Transaction([
                    .addTable(foreign),
                    .addChain(foreign, Chain("forward-all", hook: Hook(.filter, .forward, priority: 0))),
                    .addRule(foreign, chain: "forward-all", Rule(.verdict(.drop))),
                ]))
            let before = try await rules.foreignChains()
            #expect(before.map(\.dropsByDefault) == [true])
            let chain = try #require(before.first?.chain)
            try await rules.apply(
                Transaction([
                    .insertForeignAccept(
                        chain, [.inputInterfaceBegins(try InterfaceName("skf-"))], comment: "skiff-pass-x")
                ]))
            let handles = try await rules.foreignChains().first?.commented["skiff-pass-x"] ?? []
            #expect(handles.count == 1)
            try await rules.apply(Transaction(handles.map { .deleteForeignRule(chain, handle: $0) }))
            #expect(try await rules.foreignChains().first?.commented == [:])
        }
    }
}
