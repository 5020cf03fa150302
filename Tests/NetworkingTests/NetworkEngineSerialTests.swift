import Effects
import NFTables
import SystemLinux
import Testing

@testable import Networking

@Suite(.serialized, .enabled(if: isRoot, "needs root"))
struct NetworkEngineSerialTests {
    private func withEngine(_ body: (TestHost, NetworkEngine, PacketRules) async throws -> Void) async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let engine = try await host.startEngine(rules: rules)
            try await body(host, engine, rules)
            try await engine.teardown()
            try await Self.expectNothingLeft(host, rules)
        }
    }

    private static func expectNothingLeft(_ host: TestHost, _ rules: PacketRules) async throws {
        #expect(try await rules.tables() == [])
        let links = try host.shell("ip -o link", in: "host")
        #expect(!links.contains("skf-") && !links.contains("skv"))
        let routes = try host.shell("ip route", in: "host")
        #expect(!routes.contains("unreachable") && !routes.contains("skf-"))
        #expect(try host.shell("cat /proc/sys/net/ipv4/ip_forward", in: "host") == "0\n")
    }

    /// Counts what the neighbour sees of packets for these ranges.
    private static func watch(_ ranges: ClusterRanges, on host: TestHost) throws {
        for range in [ranges.pods, ranges.services] {
            try host.shell("iptables -t raw -A PREROUTING -d \(range)", in: "uplink")
        }
    }

    private static func escaped(_ host: TestHost) throws -> String {
        try host.shell("iptables -t raw -nvxL PREROUTING | awk 'NR > 2 { sum += $1 } END { print sum }'", in: "uplink")
    }

    private func attach(
        _ engine: NetworkEngine, _ host: TestHost, _ name: String, network: String = "bridge", names: [String] = []
    ) async throws -> SandboxAttachment {
        let path = try host.makeSandbox(name)
        return try await engine.attach(
            SandboxEndpoint(sandbox: name, namespacePath: path, network: network, names: names))
    }

    @Test func twoSandboxesAndTheHostReachEachOther() async throws {
        try await withEngine { host, engine, _ in
            let a = try await attach(engine, host, "a")
            let b = try await attach(engine, host, "b")
            #expect(a.address != b.address)
            #expect(a.gateway == engine.gateway)
            try await host.serve("hello from b", port: 8080, in: "b")
            #expect(try host.fetch("http://\(b.address):8080/", in: "a") == "hello from b")
            #expect(try host.fetch("http://\(b.address):8080/", in: "host") == "hello from b")
            try host.ping(a.address, in: "b")
            try host.ping(engine.gateway, in: "b")
        }
    }

    @Test func whatLeavesHasTheHostsAddressAndWhatIsOursNeverLeaves() async throws {
        try await withEngine { host, engine, _ in
            _ = try await attach(engine, host, "a")
            // The neighbour has no route to pods, so an answer proves the host's address as source.
            try host.ping(IPv4Address(192, 0, 2, 1), in: "a")
            try Self.watch(engine.ranges, on: host)
            let unused = try #require(engine.ranges.pods.address(at: 60_000))
            let service = try #require(engine.ranges.services.address(at: 9))
            for target in [unused, service] {
                for place in ["a", "host"] {
                    #expect(throws: TestHost.Failure.self) { try host.shell("ping -c 1 -W 1 \(target)", in: place) }
                }
            }
            #expect(try Self.escaped(host) == "0\n")
            // Without the cluster's routes and rules the same packet does leave: the count is not blind.
            try host.shell("ip route add \(unused) via 192.0.2.1", in: "host")
            try host.shell("nft flush ruleset && ping -c 1 -W 1 \(unused) || true", in: "host")
            #expect(try Self.escaped(host) != "0\n")
        }
    }

    @Test func refusalIsImmediate() async throws {
        try await withEngine { host, engine, _ in
            _ = try await attach(engine, host, "a")
            let unused = try #require(engine.ranges.pods.address(at: 60_000))
            let begin = host.effects.time.monotonic
            #expect(throws: TestHost.Failure.self) { try host.shell("curl -sS -m 5 http://\(unused)/", in: "a") }
            #expect(host.effects.time.monotonic - begin < .seconds(1))
        }
    }

    @Test func aNeighbourOfTheHostCannotReachPods() async throws {
        try await withEngine { host, engine, _ in
            let a = try await attach(engine, host, "a")
            try await host.serve("secret", port: 8080, in: "a")
            try host.shell("ip route add \(engine.ranges.pods) via 192.0.2.2", in: "uplink")
            #expect(throws: TestHost.Failure.self) { try host.fetch("http://\(a.address):8080/", in: "uplink") }
        }
    }

    @Test func networksOfTheirOwnHaveNamesAndAreApart() async throws {
        try await withEngine { host, engine, _ in
            let shop = try await engine.createNetwork(name: "shop", labels: ["a": "b"])
            let web = try await attach(engine, host, "web", network: "shop", names: ["web"])
            let db = try await attach(engine, host, "db", network: shop.id, names: ["db", "postgres"])
            let alien = try await attach(engine, host, "alien")
            try await host.serve("rows", port: 5432, in: "db")
            #expect(shop.range.contains(db.address) && web.prefixLength == 24)
            #expect(try host.fetch("http://\(db.address):5432/", in: "web") == "rows")
            #expect(throws: TestHost.Failure.self) { try host.fetch("http://\(db.address):5432/", in: "alien") }
            #expect(try host.shell("nslookup postgres \(web.gateway)", in: "web").contains(db.address.description))
            _ = alien
            let error = await #expect(throws: NetworkError.self) { try await engine.removeNetwork("shop") }
            #expect(error?.code == .networkInUse)
            try await engine.detach(sandbox: "web")
            try await engine.detach(sandbox: "db")
            try await engine.removeNetwork("shop")
            #expect(await engine.allNetworks().map(\.name) == ["bridge"])
        }
    }

    @Test func aNewProcessTakesOverWhatStands() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let first = try await host.startEngine(rules: rules)
            let a = try await attach(first, host, "a")
            let gone = try await attach(first, host, "gone")
            await first.stop()
            let second = try await host.startEngine(rules: rules)
            #expect(second.ranges == first.ranges)
            #expect(await second.attachments(of: "a").map(\.address) == [a.address])
            try host.ping(a.address, in: "host")
            try await second.reconcile(live: ["a"])
            #expect(try !host.shell("ip -o link", in: "host").contains(gone.hostInterface))
            let b = try await attach(second, host, "b")
            #expect(b.address != a.address && b.address != gone.address)
            await second.stop()
            try await NetworkEngine.teardown(leftoversOf: host.configuration(), rules: rules)
            try await Self.expectNothingLeft(host, rules)
        }
    }

    @Test func aRebootTakesTheLeasesWithTheSandboxes() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let first = try await host.startEngine(rules: rules)
            let a = try await attach(first, host, "a")
            await first.stop()
            try host.shell("ip link del \(a.hostInterface)", in: "host")
            let second = try await host.startEngine(rules: rules)
            #expect(await second.attachments(of: "a").isEmpty)
            let again = try await second.attach(
                SandboxEndpoint(sandbox: "a", namespacePath: host.directory + "/a"))
            #expect(again.address != a.address)
            try await second.teardown()
        }
    }

    @Test func aSandboxMayBeOnTwoNetworks() async throws {
        try await withEngine { host, engine, _ in
            _ = try await engine.createNetwork(name: "back", isInternal: true)
            let front = try await attach(engine, host, "a")
            let back = try await engine.attach(
                SandboxEndpoint(
                    sandbox: "a", namespacePath: host.directory + "/a", network: "back", interface: "eth1"))
            let other = try await attach(engine, host, "b", network: "back")
            try host.ping(other.address, in: "a")
            try host.ping(IPv4Address(192, 0, 2, 1), in: "a")
            #expect(throws: TestHost.Failure.self) { try host.shell("ping -c 1 -W 1 192.0.2.1", in: "b") }
            #expect(await engine.attachments(of: "a").map(\.address) == [front.address, back.address])
            try await engine.detach(sandbox: "a", network: "back")
            #expect(await engine.attachments(of: "a").map(\.address) == [front.address])
        }
    }

    @Test func twoClustersShareTheHostAndTheLastOnePutsItBack() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let one = try await host.startEngine(cluster: "one", rules: rules)
            let two = try await host.startEngine(cluster: "two", rules: rules)
            #expect(!one.ranges.pods.overlaps(two.ranges.pods) && !one.ranges.services.overlaps(two.ranges.pods))
            #expect(try host.shell("cat /proc/sys/net/ipv4/ip_forward", in: "host") == "1\n")
            try await one.teardown()
            #expect(try host.shell("cat /proc/sys/net/ipv4/ip_forward", in: "host") == "1\n")
            try await two.teardown()
            try await Self.expectNothingLeft(host, rules)
        }
    }

    @Test func aForeignFirewallIsOpenedAndClosedAgain() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            try host.shell("iptables -P FORWARD DROP", in: "host")
            let engine = try await host.startEngine(rules: rules)
            _ = try await attach(engine, host, "a")
            try host.ping(IPv4Address(192, 0, 2, 1), in: "a")
            try await engine.teardown()
            #expect(try await rules.foreignChains().allSatisfy { $0.commented.isEmpty })
            #expect(try host.shell("iptables -S FORWARD", in: "host") == "-P FORWARD DROP\n")
        }
    }

    @Test func aFailedAttachGivesTheAddressBack() async throws {
        try await withEngine { host, engine, _ in
            let wish = SandboxEndpoint(sandbox: "x", namespacePath: host.directory + "/nowhere.ns")
            await #expect(throws: NetworkError.self) { try await engine.attach(wish) }
            #expect(await engine.attachments(of: "x").isEmpty)
            #expect(try !host.shell("ip -o link", in: "host").contains("skv"))
            try await engine.detach(sandbox: "x")
        }
    }
}
