import Document
import Effects
import EventBus
import Logging
import Testing

@testable import Cluster

/// A store in memory with simulated time and chance, and the usual writes in short form.
struct ClusterFixture {
    let time = ManualTime()
    let effects: Effects
    let bus: EventBus
    let store: ClusterStore
    var context = RequestContext(user: "tester", fieldManager: "test", fieldValidation: .strict)

    init(path: String = ":memory:", historyCount: Int = 1_024, seed: UInt64 = 1) async throws {
        effects = Effects(time: time, random: SeededRandom(seed: seed))
        bus = EventBus(effects: effects)
        store = try await ClusterStore.open(
            try Self.configuration(path: path, historyCount: historyCount), effects: effects, bus: bus,
            logger: Logger(label: "test"))
        if store.get(ObjectKey(.namespaces, name: "default")) == nil {
            try await create(.namespaces, ["metadata": ["name": "default"]], namespace: "")
        }
    }

    static func configuration(path: String, historyCount: Int = 1_024) throws -> ClusterConfiguration {
        ClusterConfiguration(
            databasePath: path, serviceRange: try #require(IPv4Range("10.96.0.0/24")), nodePorts: 30_000...30_009,
            loadBalancerRange: try #require(IPv4Range("127.64.0.0/24")), historyCount: historyCount)
    }

    @discardableResult
    func create(
        _ resource: GroupResource,
        _ value: JSONValue,
        namespace: String = "default"
    ) async throws -> StoredObject {
        try await store.create(resource, namespace: namespace, body: value, context: context).object
    }

    @discardableResult
    func configMap(_ name: String, _ data: JSONValue = ["a": "1"]) async throws -> StoredObject {
        try await create(.configMaps, ["metadata": ["name": .string(name)], "data": data])
    }

    /// A context of another manager.
    func manager(_ name: String, force: Bool = false) -> RequestContext {
        RequestContext(user: name, fieldManager: name, force: force, fieldValidation: .strict)
    }

    static func pod(_ name: String, labels: JSONValue = [:]) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": labels],
            "spec": ["containers": [["name": "main", "image": "app"]]],
        ]
    }

    static func deployment(_ name: String, replicas: JSONValue? = nil) -> JSONValue {
        var value: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
            "spec": [
                "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": ["containers": [["name": "main", "image": "app:1", "ports": [["containerPort": 80]]]]],
                ],
            ],
        ]
        value["spec", "replicas"] = replicas
        return value
    }

    static func service(_ name: String, type: String = "ClusterIP") -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
            "spec": ["selector": ["app": "a"], "type": .string(type), "ports": [["port": 80, "targetPort": 8000]]],
        ]
    }

    func key(_ resource: GroupResource, _ name: String) -> ObjectKey {
        ObjectKey(resource, namespace: "default", name: name)
    }
}

/// The error that an expression throws, for looking at its status.
func clusterError<T>(_ body: () async throws -> T) async -> ClusterError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? ClusterError
    }
}
