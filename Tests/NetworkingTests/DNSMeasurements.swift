import Effects
import NFTables
import NIOCore
import NIOPosix
import SystemLinux
import Testing

@testable import Networking

private let isMeasuring: Bool = (try? File.readText("/proc/self/environ"))?.contains("SKIFF_MEASURE=1") ?? false

/// The numbers of docs/internals/network.md; `SKIFF_MEASURE=1 swift test --filter DNSMeasurements`.
@Suite(.serialized, .enabled(if: isMeasuring, "needs SKIFF_MEASURE=1"))
struct DNSMeasurements {
    @Test func answersFromOwnNames() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let effects = Effects.live
        let table = NameTable(zone: DNSName(trusted: "cluster.local"), clusterRanges: [])
        for number in 0..<1000 {
            let service = ServiceNames(
                namespace: "n", name: "s\(number)",
                kind: .clusterAddress(IPv4Address(raw: 0x0A60_0000 + UInt32(number)), ports: []))
            table.replace(owner: service.owner, entries: service.entries(zone: table.zone))
        }
        let resolver = DNSResolver(
            names: table, upstream: DNSUpstream(file: "/nonexistent", group: group, effects: effects), effects: effects)
        let owner = try #require(DNSName("s500.n.svc.cluster.local"))
        let message: [UInt8] = [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + owner.wire + [0, 1, 0, 1]
        let loop = group.next()
        let count = 100_000
        let begin = effects.time.monotonic
        for _ in 0..<count {
            guard case .answer = resolver.resolve(message, client: .loopback, isStream: false, on: loop) else {
                Issue.record("no answer")
                return
            }
        }
        let seconds = (effects.time.monotonic - begin).inSeconds
        Issue.record("\(Int(Double(count) / seconds)) answers per second without sockets", severity: .warning)
        try await group.shutdownGracefully()
    }
}
