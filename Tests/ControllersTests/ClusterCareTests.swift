import Cluster
import Document
import Effects
import Testing

@testable import Controllers

@Suite struct ClusterCareTests {
    @Test func everyClusterBeginsWithItsNamespacesAndTheKubernetesService() async throws {
        try await ControllerFixture.with { fixture in
            #expect(Set(fixture.store.all(.namespaces).map(\.key.name)).isSuperset(of: BootstrapObjects.namespaces))
            let service = fixture.store.get(ObjectKey(.services, namespace: "default", name: "kubernetes"))
            #expect(service?.value.text("spec", "clusterIP") == "10.96.0.1")
            let slice = fixture.store.get(
                ObjectKey(.endpointSlices, namespace: "default", name: "kubernetes"))
            #expect(slice?.value.items("endpoints").first?["addresses"] == ["10.88.0.1"])
            // Repeating it changes nothing.
            let revision = fixture.store.resourceVersion
            try await fixture.controllers.bootstrap()
            #expect(fixture.store.resourceVersion == revision)
        }
    }

    @Test func everyNamespaceGetsItsAccountAndTheCertificate() async throws {
        try await ControllerFixture.with { fixture in
            try await fixture.create(
                .namespaces, namespace: "", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]])
            let account = ObjectKey(.serviceAccounts, namespace: "shop", name: "default")
            let map = ObjectKey(.configMaps, namespace: "shop", name: "kube-root-ca.crt")
            try await fixture.until("both are there") {
                fixture.store.get(account) != nil && fixture.store.get(map) != nil
            }
            #expect(fixture.store.get(map)?.value["data"] == ["ca.crt": "CERTIFICATE"])
            _ = try await fixture.store.modify(map, context: fixture.context) { $0["data"] = ["ca.crt": "forged"] }
            _ = try await fixture.store.delete(account, context: fixture.context)
            try await fixture.until("both are repaired") {
                fixture.store.get(account) != nil && fixture.store.get(map)?.value["data"] == ["ca.crt": "CERTIFICATE"]
            }
        }
    }

    @Test func aDeletedNamespaceIsEmptiedAndGoes() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(
                .namespaces, namespace: "", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]]
            ).key
            var deployment = fixture.deployment("web", replicas: 2)
            deployment["metadata", "namespace"] = "shop"
            let map = ObjectKey(.configMaps, namespace: "shop", name: "kube-root-ca.crt")
            try await fixture.until("furnished") { fixture.store.get(map) != nil }
            try await fixture.create(.deployments, namespace: "shop", deployment)
            try await fixture.until("two pods") { fixture.pods("shop").count == 2 }
            _ = try await fixture.store.delete(key, context: fixture.context)
            try await fixture.until("gone") { fixture.store.get(key) == nil }
            #expect(fixture.pods("shop").isEmpty)
            #expect(fixture.store.all(.deployments, namespace: "shop").isEmpty)
            #expect(fixture.store.all(.configMaps, namespace: "shop").isEmpty)
        }
    }

    @Test func aNodeWhoseLeaseRunsOutBecomesUnknownAndTainted() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(
                .nodes, namespace: "", ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n1"]]
            ).key
            let now = fixture.time.now
            _ = try await fixture.store.modify(key, subresource: .status, context: fixture.context) {
                $0.setCondition("Ready", isTrue: true, reason: "KubeletReady", message: "ok", at: now)
            }
            try await fixture.until("no taint while it is alive") {
                fixture.store.get(key)?.value.items("spec", "taints").isEmpty == true
            }
            // The controller has seen the ready node once it sleeps until the lease ends.
            try await fixture.until("waiting for the lease") { fixture.time.sleeperCount > 0 }
            try await fixture.until("unknown") {
                fixture.time.advance(by: .seconds(50))
                return fixture.store.get(key)?.value.condition("Ready")?.text("status") == "Unknown"
            }
            try await fixture.until("tainted") {
                fixture.store.get(key)?.value.items("spec", "taints").map { $0.text("effect") }.sorted()
                    == ["NoExecute", "NoSchedule"]
            }
        }
    }

    @Test func eventsAreForgottenAfterAnHour() async throws {
        try await ControllerFixture.with { fixture in
            let now = JSONValue.string(fixture.time.now.rfc3339)
            let key = try await fixture.create(
                .events,
                [
                    "apiVersion": "v1", "kind": "Event", "metadata": ["name": "old", "namespace": "default"],
                    "involvedObject": ["kind": "Pod", "name": "p", "namespace": "default"], "reason": "Test",
                    "message": "m", "type": "Normal", "firstTimestamp": now, "lastTimestamp": now, "count": 1,
                ]
            ).key
            try await fixture.until("it is being kept") { fixture.time.sleeperCount > 0 }
            #expect(fixture.store.get(key) != nil)
            try await fixture.until("gone") {
                fixture.time.advance(by: .seconds(600))
                return fixture.store.get(key) == nil
            }
        }
    }

    @Test(
        arguments: [
            ("True", 0, nil, false), ("True", 41, NodeHealth.unreachableTaint, true),
            ("False", 0, NodeHealth.notReadyTaint, false), ("Unknown", 0, NodeHealth.unreachableTaint, false),
        ] as [(String, Int, String?, Bool)])
    func nodeHealthFollowsLeaseAndCondition(_ ready: String, _ age: Int, _ taint: String?, _ isLost: Bool) {
        let now = Timestamp(seconds: 1_700_000_000)
        let health = NodeHealth(
            readyStatus: ready, lastSign: now - .seconds(age), lease: .seconds(40), now: now)
        #expect(health.taint == taint)
        #expect(health.isLost == isLost)
    }
}
