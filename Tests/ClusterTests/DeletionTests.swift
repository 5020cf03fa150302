import Document
import Effects
import Testing

@testable import Cluster

@Suite struct DeletionTests {
    @Test func plainObjectsGoAtOnce() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        let result = try await fixture.store.delete(object.key, context: fixture.context)
        guard case .removed(let last) = result else {
            Issue.record("expected a removal")
            return
        }
        #expect(last.resourceVersion > object.resourceVersion && last.uid == object.uid)
        #expect(fixture.store.get(object.key) == nil)
        #expect(
            await clusterError { try await fixture.store.delete(object.key, context: fixture.context) }?.code
                == .notFound)
    }

    @Test func preconditionsAreChecked() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        for options in [DeleteOptions(uid: "other"), DeleteOptions(resourceVersion: "1")] {
            let error = await clusterError {
                try await fixture.store.delete(object.key, options: options, context: fixture.context)
            }
            #expect(error?.code == .conflict)
        }
        #expect(fixture.store.get(object.key) != nil)
    }

    @Test func finalizersHoldTheObject() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.configMaps, "a")
        try await fixture.create(.configMaps, ["metadata": ["name": "a", "finalizers": ["example.com/x"]]])
        let marked = try await fixture.store.delete(key, context: fixture.context).object
        #expect(marked.isDeleting && fixture.store.get(key) != nil)
        let error = await clusterError {
            try await fixture.store.modify(key, context: fixture.context) { value in
                value["metadata", "finalizers"] = ["example.com/x", "example.com/y"]
            }
        }
        #expect(error?.code == .invalid)
        _ = try await fixture.store.modify(key, context: fixture.context) { $0["metadata", "finalizers"] = nil }
        #expect(fixture.store.get(key) == nil)
    }

    @Test func propagationPoliciesBecomeFinalizers() async throws {
        let fixture = try await ClusterFixture()
        for (name, policy, finalizer) in [
            ("f", PropagationPolicy.foreground, "foregroundDeletion"), ("o", .orphan, "orphan"),
        ] {
            let object = try await fixture.configMap(name)
            let result = try await fixture.store.delete(
                object.key, options: DeleteOptions(propagationPolicy: policy), context: fixture.context)
            #expect(result.object.finalizers == [finalizer])
        }
    }

    @Test func assignedPodsHaveGraceThatCanOnlyShrink() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.pods, "p")
        try await fixture.create(.pods, ClusterFixture.pod("p"))
        _ = try await fixture.store.bind(pod: key, node: "n1", context: fixture.context)
        let first = try await fixture.store.delete(key, context: fixture.context).object
        #expect(first.value["metadata", "deletionGracePeriodSeconds"] == 30)
        #expect(
            first.value["metadata", "deletionTimestamp"]?.stringValue == (fixture.effects.now + .seconds(30)).rfc3339)
        #expect(first.value["metadata", "generation"] == 2)
        func delete(_ seconds: Int64?) async throws -> JSONValue? {
            let options = DeleteOptions(gracePeriodSeconds: seconds)
            return try await fixture.store.delete(key, options: options, context: fixture.context).object
                .value["metadata", "deletionGracePeriodSeconds"]
        }
        #expect(try await delete(60) == 30)
        #expect(try await delete(nil) == 30)
        #expect(try await delete(5) == 5)
        _ = try await delete(0)
        #expect(fixture.store.get(key) == nil)
    }

    @Test func waitingAndFinishedPodsGoAtOnce() async throws {
        let fixture = try await ClusterFixture()
        try await fixture.create(.pods, ClusterFixture.pod("waiting"))
        _ = try await fixture.store.delete(fixture.key(.pods, "waiting"), context: fixture.context)
        #expect(fixture.store.get(fixture.key(.pods, "waiting")) == nil)
        let key = fixture.key(.pods, "done")
        try await fixture.create(.pods, ClusterFixture.pod("done"))
        _ = try await fixture.store.bind(pod: key, node: "n1", context: fixture.context)
        _ = try await fixture.store.modify(key, subresource: .status, context: fixture.context) {
            $0["status", "phase"] = "Succeeded"
        }
        _ = try await fixture.store.delete(key, context: fixture.context)
        #expect(fixture.store.get(key) == nil)
    }

    @Test func aNamespaceWaitsForItsContent() async throws {
        let fixture = try await ClusterFixture()
        let key = ObjectKey(.namespaces, name: "team")
        let created = try await fixture.create(.namespaces, ["metadata": ["name": "team"]], namespace: "")
        #expect(created.value["metadata", "labels", "kubernetes.io/metadata.name"] == "team")
        #expect(created.value["status", "phase"] == "Active")
        #expect(fixture.store.get(ObjectKey(.serviceAccounts, namespace: "team", name: "default")) != nil)
        let marked = try await fixture.store.delete(key, context: fixture.context).object
        #expect(marked.value["status", "phase"] == "Terminating")
        let error = await clusterError {
            try await fixture.create(.configMaps, ["metadata": ["name": "late"]], namespace: "team")
        }
        #expect(error?.code == .forbidden && error?.status.details?.causes.first?.reason == "NamespaceTerminating")
        var value = marked.value
        value["spec", "finalizers"] = []
        _ = try await fixture.store.update(key, body: value, subresource: .finalize, context: fixture.context)
        #expect(fixture.store.get(key) == nil)
    }

    @Test func collectionsAreDeletedInOneCommit() async throws {
        let fixture = try await ClusterFixture()
        for name in ["a", "b", "c"] {
            try await fixture.create(
                .configMaps, ["metadata": ["name": .string(name), "labels": ["keep": name == "c" ? "yes" : "no"]]])
        }
        let deleted = try await fixture.store.deleteCollection(
            .configMaps, namespace: "default", options: ListOptions(labels: try .parse("keep=no")),
            context: fixture.context)
        #expect(deleted.map(\.name) == ["a", "b"])
        #expect(fixture.store.all(.configMaps).map(\.name) == ["c"])
    }
}

@Suite struct EventRetentionTests {
    private func event(_ name: String) -> JSONValue {
        ["metadata": ["name": .string(name)], "involvedObject": ["namespace": "default"], "reason": "Test"]
    }

    @Test func eventsEndAfterAnHour() async throws {
        let fixture = try await ClusterFixture()
        try await fixture.create(.events, event("old"))
        fixture.time.advance(by: .seconds(3_000))
        try await fixture.create(.events, event("younger"))
        #expect(fixture.store.all(.events).count == 2)
        fixture.time.advance(by: .seconds(1_000))
        try await fixture.create(.events, event("new"))
        #expect(fixture.store.all(.events).map(\.name) == ["new", "younger"])
    }

    @Test func aNamespaceKeepsTheNewestEvents() async throws {
        let fixture = try await ClusterFixture()
        for number in 0...EventRetention.maximumCount { try await fixture.create(.events, event("e\(number)")) }
        #expect(fixture.store.all(.events).count == EventRetention.maximumCount)
        #expect(fixture.store.get(fixture.key(.events, "e0")) == nil)
    }

    @Test func someNamespacesStayForever() async throws {
        let fixture = try await ClusterFixture()
        let error = await clusterError {
            try await fixture.store.delete(ObjectKey(.namespaces, name: "default"), context: fixture.context)
        }
        #expect(error?.code == .forbidden)
    }

    @Test func leasesAreUpdatedOnlyUnderAKnownRevision() async throws {
        let fixture = try await ClusterFixture()
        let lease = try await fixture.create(.leases, ["metadata": ["name": "l"], "spec": ["holderIdentity": "a"]])
        let blind = await clusterError {
            try await fixture.store.update(
                lease.key, body: ["metadata": ["name": "l"], "spec": ["holderIdentity": "b"]], context: fixture.context)
        }
        #expect(blind?.status.details?.causes.first?.field == "metadata.resourceVersion")
        var value = lease.value
        value["spec", "holderIdentity"] = "b"
        let update = value
        _ = try await fixture.store.update(lease.key, body: update, context: fixture.context)
    }
}
