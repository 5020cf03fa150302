import Cluster
import Document
import Effects
import EventBus
import Logging
import NIOPosix
import SystemLinux
import Testing

@testable import Node

/// A node agent over a store in memory, a fake runtime and a scratch directory; real time unless told otherwise.
struct NodeFixture: Sendable {
    let store: ClusterStore
    let bus: EventBus
    let runtime: FakeRuntime
    let effects: Effects
    let root: String
    let context = RequestContext(user: "tester", fieldManager: "test", fieldValidation: .strict)

    struct Tokens: PodTokenSource {
        let effects: Effects

        func token(for request: PodTokenRequest) async throws -> PodToken {
            PodToken(token: "token", expiresAt: effects.now + .seconds(request.expirationSeconds))
        }
    }

    static func with(
        time: any TimeSource = SystemTime(), _ body: @Sendable (NodeFixture) async throws -> Void
    ) async throws {
        let effects = Effects(time: time, random: SystemRandom())
        let bus = EventBus(effects: effects)
        let services = try #require(IPv4Range("10.96.0.0/16"))
        let loadBalancers = try #require(IPv4Range("127.64.0.0/16"))
        let store = try await ClusterStore.open(
            ClusterConfiguration(databasePath: ":memory:", serviceRange: services, loadBalancerRange: loadBalancers),
            effects: effects, bus: bus, logger: Logger(label: "test"))
        let root = "/tmp/skiff-node-test-\(effects.uuid())"
        let fixture = NodeFixture(
            store: store, bus: bus, runtime: FakeRuntime(effects: effects), effects: effects, root: root)
        for name in ["default", "kube-node-lease"] {
            try await fixture.create(
                .namespaces, namespace: "",
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
        }
        try await fixture.create(
            .configMaps,
            [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "kube-root-ca.crt"],
                "data": ["ca.crt": "CERTIFICATE"],
            ])
        defer { try? Directory.removeTree(root) }
        try await body(fixture)
    }

    /// Runs an agent beside `body` and ends it afterwards; containers stay.
    func running(_ body: @Sendable (NodeAgent) async throws -> Void) async throws {
        let prober = Prober(group: .singletonMultiThreadedEventLoopGroup)
        let agent = NodeAgent(
            configuration: NodeConfiguration(
                name: "n1", internalAddress: "127.0.0.1",
                directories: PodDirectories(state: "\(root)/state", run: "\(root)/run"), clusterDNS: "10.88.0.1"),
            facts: HostFacts(processorCount: 2, memoryBytes: 4 << 30, storageBytes: 10 << 30), store: store, bus: bus,
            runtime: runtime, tokens: Tokens(effects: effects), prober: prober, effects: effects,
            logger: Logger(label: "test"))
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let run = Task {
            try await agent.run { signal.finish() }
        }
        for await _ in ready {}
        do {
            try await body(agent)
        } catch {
            run.cancel()
            _ = try? await run.value
            try? await prober.shutdown()
            throw error
        }
        run.cancel()
        _ = try? await run.value
        try await prober.shutdown()
    }

    func until(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
    ) async throws {
        for _ in 0..<2500 {
            if condition() { return }
            try await SystemTime().sleep(for: .milliseconds(2))
        }
        Issue.record(what, sourceLocation: sourceLocation)
        throw NodeFixtureTimeout()
    }

    @discardableResult
    func create(_ resource: GroupResource, namespace: String = "default", _ body: JSONValue) async throws
        -> StoredObject
    {
        try await store.create(resource, namespace: namespace, body: ObjectBody(body), context: context).object
    }

    /// Creates a pod and binds it to the node.
    @discardableResult
    func pod(_ name: String, _ spec: JSONValue? = nil, labels: [String: String] = ["app": "web"]) async throws
        -> ObjectKey
    {
        let spec = spec ?? ["containers": [["name": "app", "image": "image"]]]
        let key = try await create(
            .pods,
            [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": .map(labels)],
                "spec": spec,
            ]
        ).key
        _ = try await store.bind(pod: key, node: "n1", context: context)
        return key
    }

    func value(_ key: ObjectKey) -> JSONValue { store.get(key)?.value ?? .null }

    func isReady(_ key: ObjectKey) -> Bool { value(key).condition("Ready")?.text("status") == "True" }

    func waiting(_ key: ObjectKey) -> String {
        value(key).items("status", "containerStatuses").first?.text("state", "waiting", "reason") ?? ""
    }

    func restarts(_ key: ObjectKey) -> Int64 {
        value(key).items("status", "containerStatuses").first?["restartCount"]?.intValue ?? 0
    }
}

struct NodeFixtureTimeout: Error {}
