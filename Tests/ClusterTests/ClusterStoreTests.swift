import Document
import Effects
import EventBus
import Testing

@testable import Cluster

@Suite struct ClusterStoreTests {
    @Test func aCreatedObjectIsStampedAndReadable() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        #expect(object.value["kind"] == "ConfigMap" && object.value["apiVersion"] == "v1")
        #expect(object.value["metadata", "uid"]?.stringValue == object.uid)
        #expect(object.value["metadata", "resourceVersion"]?.stringValue == String(object.resourceVersion))
        #expect(object.value["metadata", "creationTimestamp"]?.stringValue == fixture.effects.now.rfc3339)
        #expect(fixture.store.get(object.key) === object)
        #expect(try JSONReader.parse(object.bytes) == object.value)
        #expect(await clusterError { try await fixture.configMap("a") }?.code == .alreadyExists)
        #expect(fixture.store.resourceVersion == object.resourceVersion)
    }

    @Test func generatedNamesAreFree() async throws {
        let fixture = try await ClusterFixture()
        var names: Set<String> = []
        for _ in 0..<50 {
            let object = try await fixture.create(.configMaps, ["metadata": ["generateName": "web-"]])
            #expect(object.name.hasPrefix("web-") && object.name.count == 9)
            names.insert(object.name)
        }
        #expect(names.count == 50)
    }

    @Test func identityMustFitTheRequest() async throws {
        let fixture = try await ClusterFixture()
        let cases: [(JSONValue, Status.Reason)] = [
            (["metadata": ["name": "a", "namespace": "other"]], .badRequest),
            (["metadata": ["name": "a", "resourceVersion": "5"]], .badRequest),
            (["kind": "Pod", "metadata": ["name": "a"]], .badRequest),
            (["apiVersion": "apps/v1", "metadata": ["name": "a"]], .badRequest),
            (["metadata": ["name": "A"]], .invalid), (["metadata": [:]], .invalid), ([], .badRequest),
        ]
        for (body, reason) in cases {
            #expect(await clusterError { try await fixture.create(.configMaps, body) }?.code == reason, "\(body)")
        }
        let error = await clusterError {
            try await fixture.create(.configMaps, ["metadata": ["name": "a"]], namespace: "nope")
        }
        #expect(error?.message == "namespaces \"nope\" not found")
    }

    @Test func staleUpdatesConflictAndUnchangedOnesDoNothing() async throws {
        let fixture = try await ClusterFixture()
        let first = try await fixture.configMap("a")
        var changed = first.value
        changed["data", "a"] = "2"
        let second = try await fixture.store.update(first.key, body: changed, context: fixture.context)
        #expect(second.changed && second.object.resourceVersion > first.resourceVersion)
        let stale = await clusterError {
            try await fixture.store.update(first.key, body: changed, context: fixture.context)
        }
        #expect(stale?.code == .conflict)
        let again = try await fixture.store.update(first.key, body: second.object.value, context: fixture.context)
        #expect(!again.changed && again.event == nil)
        #expect(again.object.resourceVersion == second.object.resourceVersion)
        changed["metadata", "resourceVersion"] = nil
        changed["data", "a"] = "3"
        #expect(try await fixture.store.update(first.key, body: changed, context: fixture.context).changed)
    }

    @Test func aDryRunStoresNothing() async throws {
        var fixture = try await ClusterFixture()
        fixture.context.dryRun = true
        let before = fixture.store.resourceVersion
        let object = try await fixture.configMap("a")
        #expect(object.name == "a" && !object.uid.isEmpty)
        #expect(fixture.store.get(object.key) == nil && fixture.store.resourceVersion == before)
    }

    @Test func statusAndSpecAreWrittenApart() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.deployments, "d")
        let created = try await fixture.create(.deployments, ClusterFixture.deployment("d"))
        #expect(created.value["metadata", "generation"] == 1)
        let scaled = try await fixture.store.modify(key, context: fixture.context) { value in
            value["spec", "replicas"] = 5
            value["status", "replicas"] = 99
        }.object
        #expect(scaled.value["spec", "replicas"] == 5 && scaled.value["status", "replicas"] == nil)
        #expect(scaled.value["metadata", "generation"] == 2)
        let observed = try await fixture.store.modify(key, subresource: .status, context: fixture.context) { value in
            value["spec", "replicas"] = 1
            value["status", "replicas"] = 5
        }.object
        #expect(observed.value["spec", "replicas"] == 5 && observed.value["status", "replicas"] == 5)
        #expect(observed.value["metadata", "generation"] == 2)
    }

    @Test func scaleIsAViewOfTheReplicas() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.deployments, "d")
        try await fixture.create(.deployments, ClusterFixture.deployment("d", replicas: 2))
        var scale = try fixture.store.scale(key)
        #expect(scale["spec", "replicas"] == 2 && scale["status", "selector"] == "app=d")
        scale["spec", "replicas"] = 4
        _ = try await fixture.store.update(key, body: scale, subresource: .scale, context: fixture.context)
        _ = try await fixture.store.patch(
            key, patch: .merge(["spec": ["replicas": 7]]), subresource: .scale, context: fixture.context)
        #expect(fixture.store.get(key)?.value["spec", "replicas"] == 7)
        let error = await clusterError {
            try await fixture.store.patch(
                key, patch: .merge(["spec": ["replicas": -1]]), subresource: .scale, context: fixture.context)
        }
        #expect(error?.code == .invalid)
    }

    @Test func eventsCarryTheirCause() async throws {
        let fixture = try await ClusterFixture()
        var context = fixture.context
        context.cause = .request("r1")
        let first = try await fixture.store.create(
            .configMaps, namespace: "default", body: ["metadata": ["name": "a"]], context: context)
        let id = try #require(first.event)
        let event = try #require(fixture.bus.event(id))
        #expect(event.cause == .request("r1") && event.module == .cluster)
        #expect(event.subject == .object("configmaps", namespace: "default", name: "a"))
        guard case .object(let payload) = event.payload else {
            Issue.record("not an object event")
            return
        }
        #expect(payload.change == .added && payload.uid == first.object.uid)
        #expect(payload.revision == first.object.resourceVersion)
    }

    @Test func pagesShowOneRevision() async throws {
        let fixture = try await ClusterFixture()
        for number in 0..<10 { try await fixture.configMap("m\(number)") }
        var options = ListOptions(limit: 4)
        let first = try fixture.store.list(.configMaps, namespace: "default", options: options)
        #expect(first.items.map(\.name) == ["m0", "m1", "m2", "m3"] && first.remainingItemCount == 6)
        try await fixture.configMap("m35")
        _ = try await fixture.store.delete(fixture.key(.configMaps, "m5"), context: fixture.context)
        var names: [String] = []
        var page = first
        while let token = page.continueToken {
            options.continueToken = token
            page = try fixture.store.list(.configMaps, namespace: "default", options: options)
            #expect(page.resourceVersion == first.resourceVersion)
            names += page.items.map(\.name)
        }
        #expect(names == ["m4", "m5", "m6", "m7", "m8", "m9"])
        options.continueToken = "nonsense"
        #expect(throws: ClusterError.self) { try fixture.store.list(.configMaps, options: options) }
    }

    @Test func anExpiredPageSaysHowToGoOn() async throws {
        let fixture = try await ClusterFixture(historyCount: 4)
        for number in 0..<10 { try await fixture.configMap("m\(number)") }
        let first = try fixture.store.list(.configMaps, options: ListOptions(limit: 3))
        for number in 10..<20 { try await fixture.configMap("m\(number)") }
        let options = ListOptions(limit: 3, continueToken: first.continueToken)
        do {
            _ = try fixture.store.list(.configMaps, options: options)
            Issue.record("the page should have expired")
        } catch {
            #expect(error.code == .expired)
            let fresh = ListOptions(continueToken: error.status.continueToken)
            #expect(try fixture.store.list(.configMaps, options: fresh).items.map(\.name) == (3...9).map { "m\($0)" })
        }
    }

    @Test func selectorsFilterLists() async throws {
        let fixture = try await ClusterFixture()
        for (name, labels) in [("a", ["app": "x"]), ("b", ["app": "y", "tier": "db"]), ("c", [:])]
            as [(String, JSONValue)]
        {
            try await fixture.create(.pods, ClusterFixture.pod(name, labels: labels))
        }
        func names(_ labels: String = "", fields: String = "") throws -> [String] {
            let options = ListOptions(labels: try .parse(labels), fields: try .parse(fields))
            return try fixture.store.list(.pods, namespace: "default", options: options).items.map(\.name)
        }
        #expect(try names("app=x") == ["a"])
        #expect(try names("app!=x") == ["b", "c"])
        #expect(try names("app in (x, y),tier notin (web)") == ["a", "b"])
        #expect(try names("!app") == ["c"])
        #expect(try names("tier") == ["b"])
        #expect(try names(fields: "metadata.name=b") == ["b"])
        #expect(try names(fields: "status.phase!=Pending") == [])
        #expect(try names(fields: "spec.nodeName=") == ["a", "b", "c"])
        #expect(throws: ClusterError.self) { try names(fields: "spec.bogus=1") }
        #expect(throws: ClusterError.self) { try names("a in x") }
        #expect(throws: ClusterError.self) { try names("a=b c") }
    }

    @Test func dependentsAreIndexedByOwner() async throws {
        let fixture = try await ClusterFixture()
        let owner = try await fixture.configMap("owner")
        let reference: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": .string(owner.uid),
        ]
        try await fixture.create(.configMaps, ["metadata": ["name": "child", "ownerReferences": [reference]]])
        #expect(fixture.store.dependents(of: owner.uid).map(\.name) == ["child"])
        _ = try await fixture.store.modify(fixture.key(.configMaps, "child"), context: fixture.context) { value in
            value["metadata", "ownerReferences"] = nil
        }
        #expect(fixture.store.dependents(of: owner.uid).isEmpty)
    }
}
