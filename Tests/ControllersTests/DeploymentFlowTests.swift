import Cluster
import Document
import EventBus
import Testing

@testable import Controllers

@Suite struct DeploymentFlowTests {
    @Test func aDeploymentBecomesAReplicaSetAndPods() async throws {
        try await ControllerFixture.with { fixture in
            let deployment = try await fixture.create(.deployments, fixture.deployment("web", replicas: 3))
            try await fixture.until("three pods") { fixture.pods().count == 3 }
            let set = try #require(fixture.sets().first)
            #expect(set.key.name.hasPrefix("web-"))
            #expect(set.controller?.uid == deployment.uid)
            let hash = set.labels[TemplateHash.label]
            #expect(hash != nil)
            for pod in fixture.pods() {
                #expect(pod.controller?.uid == set.uid)
                #expect(pod.labels[TemplateHash.label] == hash)
                #expect(pod.key.name.hasPrefix("\(set.key.name)-"))
            }
            #expect(set.value["metadata", "annotations", "deployment.kubernetes.io/revision"] == "1")
        }
    }

    @Test func theStatusFollowsThePods() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 3)).key
            try await fixture.bringUpPods(until: "three available") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 3
            }
            try await fixture.until("progress is complete") {
                fixture.store.get(key)?.value.condition("Progressing")?.text("reason") == "NewReplicaSetAvailable"
            }
            let status = try #require(fixture.store.get(key)?.value)
            #expect(status["status", "readyReplicas"] == 3)
            #expect(status["status", "updatedReplicas"] == 3)
            #expect(status["status", "unavailableReplicas"] == nil)
            #expect(status.condition("Available")?.text("status") == "True")
            #expect(status["status", "observedGeneration"] == status["metadata", "generation"])
        }
    }

    @Test func scalingUpAndDownChangesTheOnlySet() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 2)).key
            try await fixture.bringUpPods(until: "two available") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 2
            }
            _ = try await fixture.store.modify(key, context: fixture.context) { $0["spec", "replicas"] = 5 }
            try await fixture.bringUpPods(until: "five available") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 5
            }
            _ = try await fixture.store.modify(key, context: fixture.context) { $0["spec", "replicas"] = 1 }
            try await fixture.bringUpPods(until: "one pod left") { fixture.pods().count == 1 }
            #expect(fixture.sets().count == 1)
        }
    }

    @Test func aNewImageRollsWithoutLosingAvailability() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 3)).key
            try await fixture.bringUpPods(until: "three available") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 3
            }
            let template = fixture.deployment("web", replicas: 3, image: "web:2")["spec", "template"] ?? .null
            _ = try await fixture.store.modify(key, context: fixture.context) { $0["spec", "template"] = template }
            try await fixture.bringUpPods(until: "the rollout is over") {
                let ready = fixture.pods().filter { PodFacts($0).isReady && !$0.isDeleting }
                #expect(ready.count >= 3, "never fewer than three ready pods")
                #expect(fixture.pods().filter { PodFacts($0).isActive }.count <= 4, "never more than the surge")
                let images = Set(
                    fixture.pods().flatMap { $0.value.items("spec", "containers").map { $0.text("image") } })
                return images == ["web:2"] && fixture.pods().count == 3
                    && fixture.store.get(key)?.value["status", "updatedReplicas"] == 3
            }
            #expect(fixture.sets().count == 2)
            let annotations = fixture.store.get(key)?.value["metadata", "annotations"]?.stringMap
            #expect(annotations?["deployment.kubernetes.io/revision"] == "2")
        }
    }

    @Test func goingBackToAnOldTemplateReusesItsSet() async throws {
        try await ControllerFixture.with { fixture in
            let first = fixture.deployment("web", replicas: 1)
            let key = try await fixture.create(.deployments, first).key
            try await fixture.bringUpPods(until: "one") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 1
            }
            let second = fixture.deployment("web", replicas: 1, image: "web:2")
            for (template, revision) in [(second, "2"), (first, "3")] {
                _ = try await fixture.store.modify(key, context: fixture.context) {
                    $0["spec", "template"] = template["spec", "template"]
                }
                try await fixture.bringUpPods(until: "revision \(revision)") {
                    let value = fixture.store.get(key)?.value
                    return value?["metadata", "annotations"]?.stringMap["deployment.kubernetes.io/revision"] == revision
                        && fixture.pods().count == 1 && value?["status", "updatedReplicas"] == 1
                }
            }
            #expect(fixture.sets().count == 2)
        }
    }

    @Test func recreateRemovesTheOldBeforeTheNewComes() async throws {
        try await ControllerFixture.with { fixture in
            let recreate: JSONValue = ["strategy": ["type": "Recreate"]]
            let key = try await fixture.create(
                .deployments, fixture.deployment("web", replicas: 2, extra: recreate)
            ).key
            try await fixture.bringUpPods(until: "two") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 2
            }
            let template = fixture.deployment("web", replicas: 2, image: "web:2")["spec", "template"] ?? .null
            _ = try await fixture.store.modify(key, context: fixture.context) { $0["spec", "template"] = template }
            try await fixture.bringUpPods(until: "two of the new image") {
                let images = fixture.pods().flatMap { $0.value.items("spec", "containers").map { $0.text("image") } }
                #expect(Set(images).count <= 1, "never pods of both images")
                return images == ["web:2", "web:2"]
            }
        }
    }

    @Test func aDeletedPodIsReplaced() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 2)).key
            try await fixture.bringUpPods(until: "two") {
                fixture.store.get(key)?.value["status", "availableReplicas"] == 2
            }
            let victim = try #require(fixture.pods().first)
            _ = try await fixture.store.delete(victim.key, context: fixture.context)
            try await fixture.bringUpPods(until: "two again, without the victim") {
                fixture.pods().count == 2 && !fixture.pods().contains { $0.uid == victim.uid }
            }
        }
    }

    @Test func deletingTheDeploymentTakesEverythingAlong() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 2)).key
            try await fixture.until("two pods") { fixture.pods().count == 2 }
            _ = try await fixture.store.delete(
                key, options: DeleteOptions(propagationPolicy: .background), context: fixture.context)
            try await fixture.until("nothing left") { fixture.pods().isEmpty && fixture.sets().isEmpty }
        }
    }

    @Test func orphaningLeavesTheReplicaSet() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 1)).key
            try await fixture.until("one pod") { fixture.pods().count == 1 }
            _ = try await fixture.store.delete(
                key, options: DeleteOptions(propagationPolicy: .orphan), context: fixture.context)
            try await fixture.until("the deployment is gone") { fixture.store.get(key) == nil }
            try await fixture.until("the set is free") { fixture.sets().first?.owners.isEmpty == true }
            #expect(fixture.pods().count == 1)
        }
    }

    @Test func foregroundDeletionEndsWithTheOwner() async throws {
        try await ControllerFixture.with { fixture in
            let key = try await fixture.create(.deployments, fixture.deployment("web", replicas: 2)).key
            try await fixture.until("two pods") { fixture.pods().count == 2 }
            _ = try await fixture.store.delete(
                key, options: DeleteOptions(propagationPolicy: .foreground), context: fixture.context)
            try await fixture.until("all gone") {
                fixture.pods().isEmpty && fixture.sets().isEmpty && fixture.store.get(key) == nil
            }
        }
    }

    @Test func commitsCarryWhatTheyFollowFrom() async throws {
        try await ControllerFixture.with { fixture in
            let watcher = fixture.bus.subscribe(name: "test", families: [.object])
            let chain = Task { () -> [String] in
                var resources: [EventID: (String, Cause?)] = [:]
                for await case .event(let event) in watcher {
                    guard case .object(let change) = event.payload else { continue }
                    resources[event.id] = (change.resource, event.cause)
                    guard change.resource == "pods", change.change == .added else { continue }
                    var chain: [String] = [change.resource]
                    var cause = event.cause
                    while case .event(let id) = cause, let (resource, next) = resources[id] {
                        chain.append(resource)
                        cause = next
                    }
                    return chain
                }
                return []
            }
            try await fixture.create(.deployments, fixture.deployment("web", replicas: 1))
            let found = await chain.value
            #expect(found.first == "pods")
            #expect(found.contains("replicasets"))
            #expect(found.last == "deployments")
        }
    }
}
