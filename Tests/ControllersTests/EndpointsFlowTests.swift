import Cluster
import Document
import Testing

@testable import Controllers

@Suite struct EndpointsFlowTests {
    private static let service: JSONValue = [
        "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web"],
        "spec": ["selector": ["app": "web"], "ports": [["port": 80, "targetPort": "http", "protocol": "TCP"]]],
    ]

    private static func slice(_ fixture: ControllerFixture) -> JSONValue? {
        fixture.store.all(.endpointSlices, namespace: "default").first {
            $0.labels[EndpointsReconciler.serviceLabel] == "web"
        }?.value
    }

    private static func ready(_ fixture: ControllerFixture) -> [String] {
        (slice(fixture)?.items("endpoints") ?? []).filter { $0["conditions", "ready"] == true }
            .flatMap { $0["addresses"]?.stringList ?? [] }.sorted()
    }

    @Test func readyPodsAppearInSliceAndEndpoints() async throws {
        try await ControllerFixture.with { fixture in
            try await fixture.create(.services, Self.service)
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 2)).key
            try await fixture.bringUpPods(until: "two") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 2
            }
            try await fixture.until("two ready endpoints") { Self.ready(fixture).count == 2 }
            #expect(Self.slice(fixture)?.items("ports").first?["port"] == 8000)
            let endpoints = ObjectKey(.endpoints, namespace: "default", name: "web")
            try await fixture.until("endpoints follow") {
                fixture.store.get(endpoints)?.value.items("subsets").first?.items("addresses").count == 2
            }
            #expect(fixture.store.get(endpoints)?.value.items("subsets").first?.items("ports").first?["port"] == 8000)
        }
    }

    @Test func anUnreadyPodIsNotServed() async throws {
        try await ControllerFixture.with { fixture in
            try await fixture.create(.services, Self.service)
            try await fixture.create(.deployments, fixture.deployment("web", replicas: 1))
            try await fixture.until("a pod") { fixture.pods().count == 1 }
            let pod = try #require(fixture.pods().first)
            try await fixture.bringUp(pod, address: "10.88.1.9")
            try await fixture.until("ready") { Self.ready(fixture) == ["10.88.1.9"] }
            try await fixture.bringUp(pod, address: "10.88.1.9", isReady: false)
            try await fixture.until("not ready any more") { Self.ready(fixture).isEmpty }
            let conditions = Self.slice(fixture)?.items("endpoints").first?["conditions"]
            #expect(conditions == ["ready": false, "serving": false, "terminating": false])
        }
    }

    @Test func aPodOnItsWayOutIsNotReadyButStillServing() async throws {
        try await ControllerFixture.with { fixture in
            try await fixture.create(.services, Self.service)
            try await fixture.create(.deployments, fixture.deployment("web", replicas: 1))
            try await fixture.until("a pod") { fixture.pods().count == 1 }
            let pod = try #require(fixture.pods().first)
            try await fixture.bringUp(pod, address: "10.88.1.9")
            try await fixture.until("ready") { Self.ready(fixture) == ["10.88.1.9"] }
            _ = try await fixture.store.delete(pod.key, context: fixture.context)
            try await fixture.until("terminating") {
                Self.slice(fixture)?.items("endpoints").contains {
                    $0["conditions"] == ["ready": false, "serving": true, "terminating": true]
                } ?? false
            }
        }
    }

    @Test func publishNotReadyAddressesPublishes() async throws {
        try await ControllerFixture.with { fixture in
            var service = Self.service
            service["spec", "publishNotReadyAddresses"] = true
            try await fixture.create(.services, service)
            try await fixture.create(.deployments, fixture.deployment("web", replicas: 1))
            try await fixture.until("a pod") { fixture.pods().count == 1 }
            let pod = try #require(fixture.pods().first)
            try await fixture.bringUp(pod, address: "10.88.1.9", isReady: false)
            try await fixture.until("published") { Self.ready(fixture) == ["10.88.1.9"] }
        }
    }

    @Test func aDeletedServiceTakesItsEndpointsAlong() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.services, Self.service).key
            let endpoints = ObjectKey(.endpoints, namespace: "default", name: "web")
            try await fixture.until("slice and endpoints") {
                Self.slice(fixture) != nil && fixture.store.get(endpoints) != nil
            }
            _ = try await fixture.store.delete(key, context: fixture.context)
            try await fixture.until("gone") { Self.slice(fixture) == nil && fixture.store.get(endpoints) == nil }
        }
    }

    @Test func aServiceWithoutSelectorIsLeftToItsOwner() async throws {
        try await ControllerFixture.with { fixture in
            var service = Self.service
            service["spec", "selector"] = nil
            try await fixture.create(.services, service)
            try await fixture.create(
                .services,
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "other"],
                    "spec": ["selector": ["app": "x"], "ports": [["port": 80]]],
                ])
            let other = ObjectKey(.endpoints, namespace: "default", name: "other")
            try await fixture.until("the other has endpoints") { fixture.store.get(other) != nil }
            #expect(Self.slice(fixture) == nil)
        }
    }
}
