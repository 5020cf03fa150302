import Cluster
import Document
import Effects
import EventBus
import Logging
import Testing

@testable import Controllers

/// A store in memory with all controllers running over it, on a clock that only moves when told to.
struct ControllerFixture: Sendable {
    let store: ClusterStore
    let bus: EventBus
    let time: ManualTime
    let controllers: Controllers
    let context = RequestContext(user: "tester", fieldManager: "test", fieldValidation: .strict)

    /// Runs `body` beside the controllers and ends them afterwards.
    static func with(bootstrapped: Bool = true, _ body: @Sendable (ControllerFixture) async throws -> Void) async throws
    {
        let time = ManualTime()
        let effects = Effects(time: time, random: SeededRandom(seed: 11))
        let bus = EventBus(effects: effects)
        let services = try #require(IPv4Range("10.96.0.0/16"))
        let loadBalancers = try #require(IPv4Range("127.64.0.0/16"))
        let store = try await ClusterStore.open(
            ClusterConfiguration(databasePath: ":memory:", serviceRange: services, loadBalancerRange: loadBalancers),
            effects: effects, bus: bus, logger: Logger(label: "test"))
        let controllers = Controllers(
            configuration: ControllersConfiguration(
                rootCertificate: "CERTIFICATE", apiAddress: "10.88.0.1", apiPort: 6443),
            store: store, bus: bus, effects: effects, logger: Logger(label: "test"))
        let fixture = ControllerFixture(store: store, bus: bus, time: time, controllers: controllers)
        if bootstrapped { try await controllers.bootstrap() }
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let run = Task { await controllers.run { signal.finish() } }
        defer { run.cancel() }
        for await _ in ready {}
        try await body(fixture)
    }

    /// Waits until `condition` holds; records an issue after five seconds.
    func until(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
    ) async throws {
        for _ in 0..<2500 {
            if condition() { return }
            try await SystemTime().sleep(for: .milliseconds(2))
        }
        Issue.record(what, sourceLocation: sourceLocation)
        throw FixtureTimeout()
    }

    // MARK: - Objects

    @discardableResult
    func create(_ resource: GroupResource, namespace: String = "default", _ body: JSONValue) async throws
        -> StoredObject
    {
        try await store.create(resource, namespace: namespace, body: ObjectBody(body), context: context).object
    }

    func deployment(_ name: String, replicas: Int, image: String = "web:1", extra: JSONValue = [:]) -> JSONValue {
        var spec: JSONValue = [
            "replicas": .integer(Int64(replicas)), "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]],
                "spec": [
                    "containers": [
                        ["name": "web", "image": .string(image), "ports": [["containerPort": 8000, "name": "http"]]]
                    ]
                ],
            ],
        ]
        for (key, value) in extra.objectValue ?? JSONObject() { spec[key] = value }
        return ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)], "spec": spec]
    }

    func pods(_ namespace: String = "default") -> [StoredObject] { store.all(.pods, namespace: namespace) }

    func sets() -> [StoredObject] { store.all(.replicaSets, namespace: "default") }

    /// Does what scheduler and node would: binds the pod and reports it as running and ready.
    func bringUp(_ pod: StoredObject, address: String? = nil, isReady: Bool = true) async throws {
        if store.get(pod.key)?.value.text("spec", "nodeName") == "" {
            _ = try await store.bind(pod: pod.key, node: "n1", context: context)
        }
        let now = time.now
        let address = address ?? "10.88.1.\(2 + (pods().firstIndex { $0.uid == pod.uid } ?? 0))"
        _ = try await store.modify(pod.key, subresource: .status, context: context) { object in
            object["status", "phase"] = "Running"
            object["status", "podIP"] = .string(address)
            object["status", "podIPs"] = [["ip": .string(address)]]
            object.setCondition("Ready", isTrue: isReady, at: now)
        }
    }

    /// Brings up every pod that is not running yet, again and again, until `condition` holds.
    func bringUpPods(
        until what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: @Sendable () -> Bool
    ) async throws {
        for _ in 0..<2500 {
            if condition() { return }
            for pod in pods() {
                if pod.isDeleting {
                    // The node has stopped it.
                    _ = try? await store.delete(
                        pod.key, options: DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid), context: context)
                } else if pod.value.text("status", "phase") != "Running" {
                    try? await bringUp(pod)
                }
            }
            try await SystemTime().sleep(for: .milliseconds(2))
        }
        Issue.record(what, sourceLocation: sourceLocation)
        throw FixtureTimeout()
    }
}

struct FixtureTimeout: Error {}
