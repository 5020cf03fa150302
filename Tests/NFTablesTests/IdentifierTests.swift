import Testing

@testable import NFTables

@Suite struct IdentifierTests {
    @Test func acceptsPlainNames() throws {
        #expect(try Identifier(validating: "skiff-svc-default").description == "skiff-svc-default")
        #expect(try Identifier(validating: "a1").description == "a1")
    }

    @Test(arguments: [
        "", "1a", "-a", "a b", "a;b", "a}", "a\n", "A", "ä", "a\"", "a@b", String(repeating: "a", count: 65),
    ])
    func refusesWhatCouldEndACommand(text: String) {
        #expect(throws: NFTablesError.self) { try Identifier(validating: text) }
    }

    @Test(arguments: ["", "eth 0", "eth0\"", "averyveryverylongname", "a/b", "a*"])
    func refusesBadInterfaceNames(text: String) {
        #expect(throws: NFTablesError.self) { try InterfaceName(text) }
    }

    @Test func tablesOfClustersWithOddNamesDiffer() {
        let names = ["default", "Default", "a b", "a_b", "ä", String(repeating: "x", count: 80)].map {
            Table(cluster: $0, purpose: "svc").name.description
        }
        #expect(Set(names).count == names.count)
        #expect(names[0] == "skiff-svc-default")
        #expect(names.allSatisfy { (try? Identifier(validating: $0)) != nil })
    }
}
