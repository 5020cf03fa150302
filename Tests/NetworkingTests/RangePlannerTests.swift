import NFTables
import Testing

@testable import Networking

@Suite struct RangePlannerTests {
    private func prefix(_ text: String) throws -> IPv4Prefix { try #require(IPv4Prefix(text)) }

    @Test func theSameHostGivesTheSameRanges() throws {
        let planner = RangePlanner(avoiding: [try prefix("192.168.1.0/24")])
        let first = try planner.clusterRanges(named: "default")
        #expect(try planner.clusterRanges(named: "default") == first)
        #expect(!first.pods.overlaps(first.services))
        #expect(first.pods.length == 16)
    }

    @Test func avoidsEverythingTheHostRoutes() throws {
        let free = try RangePlanner(avoiding: []).clusterRanges(named: "default")
        let planner = RangePlanner(avoiding: [IPv4Prefix(free.pods.address, length: 20), free.services])
        let moved = try planner.clusterRanges(named: "default")
        #expect(!moved.pods.overlaps(free.pods))
        #expect(!moved.services.overlaps(free.services))
        #expect(!moved.services.overlaps(free.pods))
    }

    @Test func aDefaultRouteIsNoClash() throws {
        let planner = RangePlanner(avoiding: [try prefix("0.0.0.0/0")])
        _ = try planner.clusterRanges(named: "default")
        #expect(planner.taken.isEmpty)
    }

    @Test func saysSoWhenNothingIsFree() throws {
        let planner = RangePlanner(avoiding: [try prefix("10.0.0.0/8"), try prefix("172.16.0.0/12")])
        let error = #expect(throws: NetworkError.self) { try planner.clusterRanges(named: "default") }
        #expect(error?.code == .noFreeRange)
    }

    @Test func clustersBeginAtDifferentPlaces() throws {
        let planner = RangePlanner(avoiding: [])
        let names = ["default", "test", "demo", "a", "b"]
        #expect(Set(try names.map { try planner.clusterRanges(named: $0).pods }).count >= 4)
    }

    @Test func namedNetworksAvoidEachOther() throws {
        var taken = [try prefix("172.20.0.0/24")]
        for _ in 0..<20 { taken.append(try RangePlanner(avoiding: taken).networkRange()) }
        for (index, range) in taken.enumerated() {
            #expect(taken[(index + 1)...].allSatisfy { !$0.overlaps(range) })
        }
    }
}
