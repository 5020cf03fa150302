import Effects
import NFTables
import Networking
import SystemLinux
import Testing

@testable import ServiceProxy

/// Whether to measure: it takes long and wants a quiet machine.
private let isMeasuring: Bool = (try? File.readText("/proc/self/environ"))?.contains("SKIFF_MEASURE=1") ?? false

/// The numbers of docs/internals/service-proxy.md; `SKIFF_MEASURE=1 swift test --filter ProxyMeasurements`.
@Suite(.serialized, .enabled(if: isRoot && isMeasuring, "needs root and SKIFF_MEASURE=1"))
struct ProxyMeasurements {
    private func frontend(_ number: Int) -> Frontend {
        Frontend(IPv4Address(raw: 0x0A60_0000 + UInt32(number)), .tcp, 80)
    }

    private func traffic(_ number: Int, backends: Int) -> (ServiceKey, ServiceTraffic) {
        let key = ServiceKey(namespace: "n", name: "s\(number)")
        let targets = (0..<backends).map { Backend(IPv4Address(raw: 0x0A80_0000 + UInt32(number * 100 + $0)), 80) }
        return (key, ServiceTraffic(key: key, ports: [PortTraffic(name: "", frontends: [frontend(number)], backends: targets)]))
    }

    /// A change of one Service must not cost more among a thousand others than alone.
    @Test func oneChangeCostsTheSameAmongManyServices() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let shape = ProxyRules(
                cluster: "m", bridgePrefix: try InterfaceName("skf-"),
                serviceRange: try #require(IPv4Prefix("10.96.0.0/16")))
            let plane = KernelPlane(rules: rules, shape: shape, connections: try ConnectionTracking(in: host.namespace))
            var table = ProxyTable()
            for count in [1, 1000] {
                for number in 0..<count {
                    let (key, traffic) = traffic(number, backends: 10)
                    _ = table.update([key: traffic])
                }
                let begin = host.effects.time.monotonic
                try await plane.rebuild(table.everything, table: table)
                let rebuilt = host.effects.time.monotonic
                for round in 0..<20 {
                    let (key, traffic) = traffic(0, backends: 9 + round % 2)
                    try await plane.apply(table.update([key: traffic]), table: table)
                }
                let changed = host.effects.time.monotonic
                Issue.record(
                    "\(count) services: whole \(rebuilt - begin), one change \((changed - rebuilt) / 20)",
                    severity: .warning)
            }
            try await plane.teardown()
        }
    }
}
