import Testing

@testable import NFTables

@Suite struct IPv4AddressTests {
    @Test func readsAndWritesTheDottedForm() {
        #expect(IPv4Address("127.0.0.1") == .loopback)
        #expect(IPv4Address("255.255.255.255")?.raw == .max)
        #expect(IPv4Address(10, 1, 2, 3).description == "10.1.2.3")
        #expect(IPv4Address(10, 1, 2, 3).octets == [10, 1, 2, 3])
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.", "a.b.c.d", " 1.2.3.4", "1.2.3.-4"])
    func refusesEverythingElse(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test func prefixesKnowTheirRange() throws {
        let prefix = try #require(IPv4Prefix("10.1.0.0/16"))
        #expect(prefix.count == 65_536)
        #expect(prefix.last == IPv4Address(10, 1, 255, 255))
        #expect(prefix.contains(IPv4Address(10, 1, 9, 9)))
        #expect(!prefix.contains(IPv4Address(10, 2, 0, 0)))
        #expect(prefix.overlaps(try #require(IPv4Prefix("10.0.0.0/8"))))
        #expect(!prefix.overlaps(try #require(IPv4Prefix("10.2.0.0/16"))))
        #expect(prefix.address(at: 65_536) == nil)
        #expect(IPv4Prefix(IPv4Address(raw: 5), length: 0).count == 1 << 32)
    }

    @Test(arguments: ["10.0.0.1/16", "10.0.0.0/33", "10.0.0.0", "10.0.0.0/", "10.0.0.0/+8", "x/8"])
    func refusesMalformedPrefixes(text: String) {
        #expect(IPv4Prefix(text) == nil)
    }
}
