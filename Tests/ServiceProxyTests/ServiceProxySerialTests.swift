import Cluster
import Document
import Effects
import EventBus
import Logging
import NFTables
import Networking
import SystemLinux
import Testing

@testable import ServiceProxy

/// The whole way from objects in the store to answers over the network, on a host of its own.
@Suite(.serialized, .enabled(if: isRoot, "needs root"))
struct ServiceProxySerialTests {
    /// A host with networks, a store and a running proxy.
    private struct World {
        let host: TestHost
        let rules: PacketRules
        let network: NetworkEngine
        let store: ClusterStore
        let bus: EventBus
        var proxy: ServiceProxy
        let context = RequestContext(user: "tester", fieldManager: "test", fieldValidation: .strict)

        static func configuration(_ host: TestHost, _ network: NetworkEngine) -> ServiceProxyConfiguration {
            ServiceProxyConfiguration(
                cluster: "test", bridgePrefix: network.bridgePrefix, nodeAddress: network.gateway,
                serviceRange: network.ranges.services, portRecordPath: host.directory + "/ports.json",
                namespace: host.namespace)
        }

        func startProxy(_ rules: PacketRules?) async throws -> ServiceProxy {
            try await ServiceProxy.start(
                Self.configuration(host, network), store: store, rules: rules, names: nil, bus: bus,
                eventLoopGroup: host.group, effects: host.effects, logger: Logger(label: "test"))
        }

        /// Pods that answer with their name.
        func pod(_ name: String) async throws -> IPv4Address {
            let path = try host.makeSandbox(name)
            let attachment = try await network.attach(SandboxEndpoint(sandbox: name, namespacePath: path))
            try await host.serve(name, port: 8080, in: name)
            return attachment.address
        }

        @discardableResult
        func service(_ name: String, _ spec: JSONValue) async throws -> StoredObject {
            try await store.create(
                .services, namespace: "default",
                body: ["apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)], "spec": spec],
                context: context
            ).object
        }

        private func endpoints(_ addresses: [IPv4Address]) -> JSONValue {
            .array(
                addresses.map { ["addresses": [.string($0.description)], "conditions": ["ready": true]] as JSONValue })
        }

        /// Sets the endpoints of a service and waits until traffic follows.
        func setEndpoints(_ service: String, _ addresses: [IPv4Address]) async throws {
            let subscription = bus.subscribe(name: "test", families: [.service])
            let key = ObjectKey(.endpointSlices, namespace: "default", name: service)
            let endpoints = endpoints(addresses)
            let revision: UInt64
            if store.get(key) == nil {
                revision = try await store.create(
                    .endpointSlices, namespace: "default",
                    body: [
                        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                        "metadata": [
                            "name": .string(service), "labels": ["kubernetes.io/service-name": .string(service)],
                        ],
                        "addressType": "IPv4", "endpoints": endpoints,
                        "ports": [["name": "", "port": 8080, "protocol": "TCP"]],
                    ], context: context
                ).object.resourceVersion
            } else {
                revision = try await store.modify(key, context: context) { value in
                    value["endpoints"] = endpoints
                }.object.resourceVersion
            }
            for await delivery in subscription {
                guard case .event(let event) = delivery, case .service(let what) = event.payload,
                    case .programmed(_, service, _, let seen, _) = what, seen >= revision
                else { continue }
                return
            }
        }

        /// The different answers to a number of requests.
        func answers(_ url: String, from place: String, count: Int = 24) throws -> Set<String> {
            let script = "i=0; while [ $i -lt \(count) ]; do curl -sS -m 2 \(url); i=$((i+1)); done"
            return Set(try host.shell(script, in: place).split(separator: "\n").map(String.init))
        }
    }

    private func withWorld(
        userspace: Bool = false, _ body: (inout World) async throws -> Void
    ) async throws {
        try await TestHost.with { host in
            let rules = try await PacketRules.open(in: host.namespace)
            let network = try await host.startEngine(rules: rules)
            let bus = EventBus(effects: host.effects)
            let range = try #require(IPv4Range(network.ranges.services.description))
            let balancers = try #require(IPv4Range("127.64.0.0/24"))
            let store = try await ClusterStore.open(
                ClusterConfiguration(
                    databasePath: ":memory:", serviceRange: range, nodePorts: 30_000...30_100,
                    loadBalancerRange: balancers),
                effects: host.effects, bus: bus, logger: Logger(label: "test"))
            let configuration = World.configuration(host, network)
            let proxy = try await ServiceProxy.start(
                configuration, store: store, rules: userspace ? nil : rules, names: nil, bus: bus,
                eventLoopGroup: host.group, effects: host.effects, logger: Logger(label: "test"))
            var world = World(
                host: host, rules: rules, network: network, store: store, bus: bus, proxy: proxy)
            if store.get(ObjectKey(.namespaces, name: "default")) == nil {
                _ = try await store.create(
                    .namespaces, body: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]],
                    context: world.context)
            }
            try await body(&world)
            try await world.proxy.teardown()
            try await network.teardown()
            #expect(try await rules.tables() == [])
            #expect(try !host.shell("ip route show table all", in: "host").contains(range.description))
        }
    }

    private static let balancer: JSONValue = [
        "type": "LoadBalancer", "selector": ["app": "web"], "ports": [["port": 80, "targetPort": 8080]],
    ]

    private func balancedService(_ world: World) async throws -> (cluster: String, balancer: String, nodePort: Int) {
        let object = try await world.service("web", Self.balancer)
        return (
            try #require(object.value["spec", "clusterIP"]?.stringValue),
            try #require(object.value["status", "loadBalancer", "ingress"]?.arrayValue?.first?["ip"]?.stringValue),
            Int(try #require(object.value["spec", "ports"]?.arrayValue?.first?["nodePort"]?.intValue))
        )
    }

    @Test(arguments: [false, true]) func everyAddressOfAServiceLeadsToItsPods(userspace: Bool) async throws {
        try await withWorld(userspace: userspace) { world in
            let pods = [try await world.pod("p1"), try await world.pod("p2"), try await world.pod("p3")]
            _ = try world.host.makeSandbox("client")
            let path = world.host.directory + "/client"
            _ = try await world.network.attach(SandboxEndpoint(sandbox: "client", namespacePath: path))
            let web = try await balancedService(world)
            try await world.setEndpoints("web", pods)
            let all: Set = ["p1", "p2", "p3"]
            #expect(try world.answers("http://\(web.cluster)/", from: "client") == all)
            #expect(try world.answers("http://\(web.cluster)/", from: "host") == all)
            #expect(try world.answers("http://\(web.balancer)/", from: "host") == all)
            #expect(try world.answers("http://127.0.0.1/", from: "host") == all)
            #expect(try world.answers("http://127.0.0.1:\(web.nodePort)/", from: "host") == all)
            #expect(try world.answers("http://\(world.network.gateway):\(web.nodePort)/", from: "client") == all)
            // A pod reaches itself by its own Service.
            #expect(try world.answers("http://\(web.cluster)/", from: "p1") == all)
        }
    }

    @Test func aPodThatIsGoneGetsNothingAndNobodyLeftIsRefusedAtOnce() async throws {
        try await withWorld { world in
            let pods = [try await world.pod("p1"), try await world.pod("p2")]
            let web = try await balancedService(world)
            try await world.setEndpoints("web", pods)
            try await world.setEndpoints("web", [pods[1]])
            #expect(try world.answers("http://\(web.balancer)/", from: "host") == ["p2"])
            try await world.setEndpoints("web", [])
            let begin = world.host.effects.time.monotonic
            for url in [web.cluster, web.balancer, "127.0.0.1:\(web.nodePort)", "127.0.0.1"] {
                #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://\(url)/", in: "host") }
            }
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://\(web.cluster)/", in: "p1") }
            #expect(world.host.effects.time.monotonic - begin < .seconds(1))
        }
    }

    @Test func aStickyClientStaysWithOnePod() async throws {
        try await withWorld { world in
            let pods = [try await world.pod("p1"), try await world.pod("p2"), try await world.pod("p3")]
            let object = try await world.service(
                "web", ["sessionAffinity": "ClientIP", "ports": [["port": 80, "targetPort": 8080]]])
            let address = try #require(object.value["spec", "clusterIP"]?.stringValue)
            try await world.setEndpoints("web", pods)
            #expect(try world.answers("http://\(address)/", from: "host").count == 1)
        }
    }

    @Test func aDeletedServiceIsWithdrawn() async throws {
        try await withWorld { world in
            let pod = try await world.pod("p1")
            let web = try await balancedService(world)
            try await world.setEndpoints("web", [pod])
            let subscription = world.bus.subscribe(name: "gone", families: [.service])
            _ = try await world.store.delete(
                ObjectKey(.services, namespace: "default", name: "web"), context: world.context)
            for await delivery in subscription {
                if case .event(let event) = delivery, case .service(.withdrawn) = event.payload { break }
            }
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://\(web.cluster)/", in: "host") }
            let table = try #require(try await world.rules.list(Table(cluster: "test", purpose: "svc")))
            #expect(!table.contains("elements"))
        }
    }

    @Test func loopbackIsClosedToEverybodyElse() async throws {
        try await withWorld { world in
            let pod = try await world.pod("p1")
            let web = try await balancedService(world)
            try await world.setEndpoints("web", [pod])
            // CVE-2020-8558: the neighbour and a pod send packets for 127.0.0.1 to the host.
            for place in ["uplink", "p1"] {
                try world.host.shell(
                    """
                    for i in all default lo; do echo 1 > /proc/sys/net/ipv4/conf/$i/route_localnet; done
                    ip route flush table local; ip route add 127.0.0.0/8 via \
                    \(place == "uplink" ? "192.0.2.2" : world.network.gateway.description)
                    """, in: place, mayFail: true)
                #expect(throws: TestHost.Failure.self) {
                    try world.host.fetch("http://127.0.0.1:\(web.nodePort)/", in: place)
                }
            }
        }
    }

    @Test(arguments: [false, true]) func aPublishedPortOpensWhenActivatedAndClosesAgain(userspace: Bool) async throws {
        try await withWorld(userspace: userspace) { world in
            let pod = try await world.pod("p1")
            let wish = PortWish(hostPorts: [8000], containerPort: 8080)
            let ports = try await world.proxy.reservePorts(container: "c1", [wish])
            #expect(ports.map(\.hostPort) == [8000])
            let taken = await #expect(throws: ServiceProxyError.self) {
                try await world.proxy.reservePorts(container: "c2", [wish])
            }
            #expect(taken?.code == .portInUse)
            let twice = await #expect(throws: ServiceProxyError.self) {
                try await world.proxy.reservePorts(
                    container: "c3",
                    [PortWish(hostPorts: [8001], containerPort: 1), PortWish(hostPorts: [8001], containerPort: 2)])
            }
            #expect(twice?.code == .portInUse)
            let second = PortWish(hostPorts: [8000, 8001], containerPort: 1)
            #expect(try await world.proxy.reservePorts(container: "c4", [second]).map(\.hostPort) == [8001])
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://127.0.0.1:8000/", in: "host") }
            try await world.proxy.activatePorts(container: "c1", target: pod)
            #expect(try world.host.fetch("http://127.0.0.1:8000/", in: "host") == "p1")
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://192.0.2.2:8000/", in: "uplink") }
            await world.proxy.releasePorts(container: "c1")
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://127.0.0.1:8000/", in: "host") }
            let again = try await world.proxy.reservePorts(container: "c2", [wish])
            #expect(again.count == 1)
        }
    }

    @Test func aPortPublishedOnAllAddressesIsOpenToNeighbours() async throws {
        try await withWorld { world in
            let pod = try await world.pod("p1")
            let wish = PortWish(hostAddress: .any, hostPorts: [], containerPort: 8080)
            let port = try #require(try await world.proxy.reservePorts(container: "c1", [wish]).first)
            try await world.proxy.activatePorts(container: "c1", target: pod)
            for (url, place) in [
                ("192.0.2.2", "uplink"), ("127.0.0.1", "host"), ("192.0.2.2", "host"), ("192.0.2.2", "p1"),
            ] {
                #expect(try world.host.fetch("http://\(url):\(port.hostPort)/", in: place) == "p1", "\(place)")
            }
        }
    }

    @Test func aRestartOpensNoGapForPublishedPorts() async throws {
        try await withWorld { world in
            let pod = try await world.pod("p1")
            let wish = PortWish(hostPorts: [8000], containerPort: 8080)
            _ = try await world.proxy.reservePorts(container: "c1", [wish])
            try await world.proxy.activatePorts(container: "c1", target: pod)
            await world.proxy.stop()
            #expect(try world.host.fetch("http://127.0.0.1:8000/", in: "host") == "p1")
            world.proxy = try await world.startProxy(world.rules)
            #expect(try world.host.fetch("http://127.0.0.1:8000/", in: "host") == "p1")
            #expect(await world.proxy.publishedPorts(container: "c1").map(\.hostPort) == [8000])
            await world.proxy.reconcile(live: [])
            #expect(throws: TestHost.Failure.self) { try world.host.fetch("http://127.0.0.1:8000/", in: "host") }
        }
    }
}
