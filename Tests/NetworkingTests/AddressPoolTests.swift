import NFTables
import Testing

@testable import Networking

@Suite struct AddressPoolTests {
    private func pool(_ text: String = "10.0.0.0/29") throws -> AddressPool {
        AddressPool(range: try #require(IPv4Prefix(text)))
    }

    @Test func givesOutEverythingButNetworkGatewayAndBroadcast() throws {
        var pool = try pool()
        let all = try (0..<5).map { _ in try pool.lease() }
        #expect(all == (2...6).map { IPv4Address(10, 0, 0, $0) })
        let error = #expect(throws: NetworkError.self) { try pool.lease() }
        #expect(error?.code == .noFreeAddress)
    }

    @Test func anAddressComesBackAsLateAsPossible() throws {
        var pool = try pool()
        let first = try pool.lease()
        pool.release(first)
        var others: [IPv4Address] = []
        for _ in 0..<4 {
            let address = try pool.lease()
            others.append(address)
            pool.release(address)
        }
        #expect(!others.contains(first))
        #expect(try pool.lease() == first)
    }

    @Test func takesAWishedAddressOnce() throws {
        var pool = try pool()
        #expect(try pool.lease(IPv4Address(10, 0, 0, 5)) == IPv4Address(10, 0, 0, 5))
        let taken = #expect(throws: NetworkError.self) { try pool.lease(IPv4Address(10, 0, 0, 5)) }
        #expect(taken?.code == .addressInUse)
        for wrong: UInt8 in [0, 1, 7, 9] {
            let error = #expect(throws: NetworkError.self) { try pool.lease(IPv4Address(10, 0, 0, wrong)) }
            #expect(error?.code == .addressOutsideNetwork)
        }
    }

    @Test func theCursorSurvivesARestart() throws {
        var pool = try pool("10.0.0.0/24")
        _ = try pool.lease()
        let last = try pool.lease()
        pool.release(last)
        var restored = AddressPool(range: pool.range, leased: pool.leased, cursor: pool.cursor)
        #expect(try restored.lease() == IPv4Address(10, 0, 0, 4))
    }
}
