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
        return (
            key,
            ServiceTraffic(key: key, ports: [PortTraffic(name: "", frontends: [frontend(number)], backends: targets)])
        )
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

    /// Traffic through a Service reaches at least 95 % of what it reaches without one.
    @Test func aServiceCostsNothingOnceConnected() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let network = try await host.startEngine(rules: rules)
            var addresses: [IPv4Address] = []
            for name in ["client", "server"] {
                let path = try host.makeSandbox(name)
                let begin = host.effects.time.monotonic
                let attachment = try await network.attach(SandboxEndpoint(sandbox: name, namespacePath: path))
                Issue.record("attach \(host.effects.time.monotonic - begin)", severity: .warning)
                addresses.append(attachment.address)
            }
            let plane = KernelPlane(
                rules: rules,
                shape: ProxyRules(
                    cluster: "test", bridgePrefix: try InterfaceName(network.bridgePrefix),
                    serviceRange: network.ranges.services), connections: try ConnectionTracking(in: host.namespace))
            let service = try #require(network.ranges.services.address(at: 10))
            var table = ProxyTable()
            let key = ServiceKey(namespace: "n", name: "s")
            _ = table.update([
                key: ServiceTraffic(
                    key: key,
                    ports: [
                        PortTraffic(
                            name: "", frontends: [Frontend(service, .tcp, 80)], backends: [Backend(addresses[1], 9000)])
                    ])
            ])
            try await plane.rebuild(table.everything, table: table)
            try await host.serve("big", port: 9000, in: "server")
            try host.shell("truncate -s 1G \(host.directory)/www.server/big", in: "server")
            var best: [String: Double] = [:]
            for _ in 0..<5 {
                for (way, target) in [("direct", "\(addresses[1]):9000"), ("service", "\(service)")] {
                    let begin = host.effects.time.monotonic
                    try host.shell("curl -sS -m 20 -o /dev/null http://\(target)/big", in: "client")
                    let seconds = (host.effects.time.monotonic - begin).inSeconds
                    best[way] = max(best[way] ?? 0, 1074 / seconds)
                }
            }
            let (direct, through) = (try #require(best["direct"]), try #require(best["service"]))
            Issue.record("direct \(Int(direct)) MB/s, through a service \(Int(through)) MB/s", severity: .warning)
            #expect(through >= direct * 0.95)
            try await plane.teardown()
            try await network.teardown()
        }
    }
}
