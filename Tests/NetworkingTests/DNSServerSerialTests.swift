import Effects
import Logging
import NFTables
import NIOCore
import NIOPosix
import SystemLinux
import Testing

@testable import Networking

/// The name server with a name server of the neighbour machine behind it.
@Suite(.serialized, .enabled(if: isRoot, "needs root"))
struct DNSServerSerialTests {
    private static let outside = DNSName(trusted: "example.com")

    /// Runs `body` with a resolver of the host whose upstream is a server in the neighbour's namespace.
    private func withUpstream(
        addresses: Int = 1, _ body: (TestHost, DNSResolver) async throws -> Void
    ) async throws {
        try await TestHost.with { host in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let uplink = try host.open("uplink")
            try await group.next().submit { try Namespaces.enter(uplink.raw, .network) }.get()
            let records = (0..<addresses).map { DNSRecord.address(IPv4Address(raw: 0x0909_0000 + UInt32($0))) }
            let names = NameTable(zone: Self.outside, clusterRanges: [])
            names.replace(owner: "x", entries: [NameEntry(DNSName(trusted: "www.example.com"), records)])
            let server = DNSServer(
                names: names, upstream: DNSUpstream(file: "/nonexistent", group: group, effects: host.effects),
                group: group, effects: host.effects, logger: Logger(label: "upstream"))
            try await server.listen(on: IPv4Address(192, 0, 2, 1), port: 53)
            try File.write(host.directory + "/resolv.conf", Array("nameserver 192.0.2.1\n".utf8))
            let upstream = DNSUpstream(
                file: host.directory + "/resolv.conf", group: host.group, effects: host.effects)
            upstream.refresh()
            let table = NameTable(zone: DNSName(trusted: "cluster.local"), clusterRanges: [])
            table.replace(
                owner: "a",
                entries: [
                    NameEntry(
                        DNSName(trusted: "api.default.svc.cluster.local"),
                        [
                            .alias(DNSName(trusted: "www.example.com"))
                        ])
                ])
            var failure: (any Error)?
            do {
                try await body(host, DNSResolver(names: table, upstream: upstream, effects: host.effects))
            } catch { failure = error }
            await server.stop()
            try await group.shutdownGracefully()
            if let failure { throw failure }
        }
    }

    private func ask(
        _ resolver: DNSResolver, _ name: String, on host: TestHost, isStream: Bool = false
    ) async throws -> [UInt8] {
        let owner = try #require(DNSName(name))
        let message: [UInt8] = [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + owner.wire + [0, 1, 0, 1]
        let loop = host.group.next()
        return try await loop.flatSubmit { () -> EventLoopFuture<[UInt8]> in
            switch resolver.resolve(message, client: nil, isStream: isStream, on: loop) {
            case .answer(let bytes): loop.makeSucceededFuture(bytes)
            case .pending(let future): future
            case .silence: loop.makeSucceededFuture([])
            }
        }.get()
    }

    private func code(_ message: [UInt8]) -> UInt8 { message[3] & 0x0F }

    @Test func namesOfOthersComeFromTheHostsServers() async throws {
        try await withUpstream { host, resolver in
            let answer = try await ask(resolver, "WWW.example.com", on: host)
            #expect(Array(answer.prefix(2)) == [0xAB, 0xCD])
            #expect(
                DNSReply.addresses(in: answer).map(\.record) == [.address(IPv4Address(9, 9, 0, 0))])
            #expect(code(try await ask(resolver, "nope.example.com", on: host)) == 3)
        }
    }

    @Test func anAliasIsFollowedOutside() async throws {
        try await withUpstream { host, resolver in
            let answer = try await ask(resolver, "api.default.svc.cluster.local", on: host)
            #expect(
                DNSReply.addresses(in: answer).map(\.record) == [
                    .alias(DNSName(trusted: "www.example.com")), .address(IPv4Address(9, 9, 0, 0)),
                ])
        }
    }

    @Test func aLongAnswerComesByTCPAndGoesOutAsTheClientCanTakeIt() async throws {
        try await withUpstream(addresses: 200) { host, resolver in
            let datagram = try await ask(resolver, "www.example.com", on: host)
            #expect(datagram.count <= 512)
            #expect(datagram[2] & 0x02 != 0)
            let stream = try await ask(resolver, "www.example.com", on: host, isStream: true)
            #expect(DNSReply.addresses(in: stream).count == 200)
        }
    }

    @Test func answersAreKeptWhileTheServerIsAway() async throws {
        try await withUpstream { host, resolver in
            _ = try await ask(resolver, "www.example.com", on: host)
            try host.shell("ip link set up0 down", in: "host")
            #expect(code(try await ask(resolver, "www.example.com", on: host)) == 0)
            let begin = host.effects.time.monotonic
            #expect(code(try await ask(resolver, "other.example.com", on: host)) == 2)
            #expect(host.effects.time.monotonic - begin < .seconds(1))
        }
    }

    @Test func withoutAnyServerTheAnswerIsAFailureAtOnce() async throws {
        try await TestHost.with { host in
            let upstream = DNSUpstream(file: host.directory + "/none", group: host.group, effects: host.effects)
            let table = NameTable(zone: DNSName(trusted: "cluster.local"), clusterRanges: [])
            let resolver = DNSResolver(names: table, upstream: upstream, effects: host.effects)
            let answer = try await ask(resolver, "www.example.com", on: host)
            #expect(code(answer) == 2)
        }
    }

    @Test func sandboxesAskTheirGateway() async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let engine = try await host.startEngine(rules: rules)
            let path = try host.makeSandbox("a")
            _ = try await engine.attach(SandboxEndpoint(sandbox: "a", namespacePath: path))
            let service = ServiceNames(
                namespace: "default", name: "web", kind: .clusterAddress(IPv4Address(10, 96, 0, 9), ports: []))
            engine.names.replace(owner: service.owner, entries: service.entries(zone: engine.names.zone))
            let answer = try host.shell("nslookup web.default.svc.cluster.local \(engine.gateway)", in: "a")
            #expect(answer.contains("10.96.0.9"))
            try await engine.teardown()
        }
    }
}
