import Cluster
import Document
import Effects
import EventBus
import Logging
import Testing

@testable import Scheduler

@Suite struct SchedulerFlowTests {
    private struct Fixture: Sendable {
        let store: ClusterStore
        let context = RequestContext(user: "tester", fieldManager: "test", fieldValidation: .strict)

        func node(_ name: String, cpu: String) async throws {
            let key = try await store.create(
                .nodes, body: ObjectBody(["apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)]]),
                context: context
            ).object.key
            _ = try await store.modify(key, subresource: .status, context: context) {
                $0["status", "allocatable"] = ["cpu": .string(cpu), "memory": "8Gi", "pods": "110"]
            }
        }

        @discardableResult
        func pod(_ name: String, cpu: String = "100m", extra: JSONValue = [:]) async throws -> ObjectKey {
            var spec: JSONValue = [
                "containers": [["name": "c", "image": "i", "resources": ["requests": ["cpu": .string(cpu)]]]]
            ]
            for (key, value) in extra.objectValue ?? JSONObject() { spec[key] = value }
            let body: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)], "spec": spec,
            ]
            return try await store.create(.pods, namespace: "default", body: ObjectBody(body), context: context).object
                .key
        }

        func home(_ key: ObjectKey) -> String { store.get(key)?.value.text("spec", "nodeName") ?? "" }

        func until(
            _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () -> Bool
        ) async throws {
            for _ in 0..<2500 {
                if condition() { return }
                try await SystemTime().sleep(for: .milliseconds(2))
            }
            Issue.record(what, sourceLocation: sourceLocation)
        }
    }

    private func with(_ body: @Sendable (Fixture) async throws -> Void) async throws {
        let effects = Effects(time: ManualTime(), random: SeededRandom(seed: 1))
        let bus = EventBus(effects: effects)
        let services = try #require(IPv4Range("10.96.0.0/16"))
        let loadBalancers = try #require(IPv4Range("127.64.0.0/16"))
        let store = try await ClusterStore.open(
            ClusterConfiguration(databasePath: ":memory:", serviceRange: services, loadBalancerRange: loadBalancers),
            effects: effects, bus: bus, logger: Logger(label: "test"))
        let fixture = Fixture(store: store)
        _ = try await store.create(
            .namespaces,
            body: ObjectBody(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]]),
            context: fixture.context)
        let scheduler = Scheduler(store: store, bus: bus, effects: effects, logger: Logger(label: "test"))
        let run = Task { await scheduler.run() }
        defer { run.cancel() }
        try await body(fixture)
    }

    @Test func aPodIsBoundAndAnEventTells() async throws {
        try await with { fixture in
            try await fixture.node("n1", cpu: "2")
            let key = try await fixture.pod("web")
            try await fixture.until("bound") { fixture.home(key) == "n1" }
            try await fixture.until("told") {
                fixture.store.all(.events).contains {
                    $0.value.text("message") == "Successfully assigned default/web to n1"
                }
            }
        }
    }

    @Test func aPodWithoutRoomSaysWhyAndIsBoundWhenThereIsSome() async throws {
        try await with { fixture in
            try await fixture.node("n1", cpu: "1")
            let large = try await fixture.pod("large", cpu: "800m")
            try await fixture.until("bound") { fixture.home(large) == "n1" }
            let waiting = try await fixture.pod("waiting", cpu: "500m")
            try await fixture.until("the condition is set") {
                let condition = fixture.store.get(waiting)?.value.condition("PodScheduled")
                return condition?.text("status") == "False" && condition?.text("reason") == "Unschedulable"
                    && condition?.text("message") == "0/1 nodes are available: 1 Insufficient cpu."
            }
            try await fixture.until("an event tells") {
                fixture.store.all(.events).contains { $0.value.text("reason") == "FailedScheduling" }
            }
            _ = try await fixture.store.delete(
                large, options: DeleteOptions(gracePeriodSeconds: 0), context: fixture.context)
            try await fixture.until("bound at last") { fixture.home(waiting) == "n1" }
        }
    }

    @Test func aNewNodeTakesWaitingPods() async throws {
        try await with { fixture in
            let key = try await fixture.pod("web")
            try await fixture.until("it waits") {
                fixture.store.get(key)?.value.condition("PodScheduled")?.text("message")
                    == "no nodes available to schedule pods"
            }
            try await fixture.node("n1", cpu: "2")
            try await fixture.until("bound") { fixture.home(key) == "n1" }
        }
    }

    @Test func aGatedPodIsNotScheduled() async throws {
        try await with { fixture in
            try await fixture.node("n1", cpu: "2")
            let gated = try await fixture.pod("gated", extra: ["schedulingGates": [["name": "example.com/wait"]]])
            let own = try await fixture.pod("own")
            try await fixture.until("the own pod is bound") { fixture.home(own) == "n1" }
            #expect(fixture.home(gated).isEmpty)
        }
    }

    @Test func manyPodsFillTheNodesWithoutOverdrawingThem() async throws {
        try await with { fixture in
            for index in 0..<4 { try await fixture.node("n\(index)", cpu: "1") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<50 { group.addTask { try await fixture.pod("p\(index)", cpu: "100m") } }
                try await group.waitForAll()
            }
            try await fixture.until("forty are bound") {
                fixture.store.all(.pods).filter { !$0.value.text("spec", "nodeName").isEmpty }.count == 40
            }
            let perNode = Dictionary(grouping: fixture.store.all(.pods)) { $0.value.text("spec", "nodeName") }
            for index in 0..<4 { #expect(perNode["n\(index)"]?.count == 10) }
        }
    }
}
