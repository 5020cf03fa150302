import Document
import Effects
import Testing

@testable import Cluster

@Suite struct ServerSideApplyTests {
    private func body(_ data: JSONValue, name: String = "a") -> ObjectBody {
        ObjectBody(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": data])
    }

    private func apply(
        _ fixture: ClusterFixture,
        _ data: JSONValue,
        as manager: String,
        force: Bool = false
    ) async throws -> StoredObject {
        try await fixture.store.patch(
            fixture.key(.configMaps, "a"), patch: .apply(body(data)), context: fixture.manager(manager, force: force)
        ).object
    }

    private func owners(_ object: StoredObject) -> [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: ManagedFields.entries(of: object.value).map {
                ("\($0.manager) \($0.operation.rawValue)", $0.fields.paths.sorted())
            })
    }

    @Test func createsThenMergesThenRemovesWhatIsNoLongerNamed() async throws {
        let fixture = try await ClusterFixture()
        let created = try await fixture.store.patch(
            fixture.key(.configMaps, "a"), patch: .apply(body(["x": "1", "y": "1"])), context: fixture.manager("one"))
        #expect(created.created && owners(created.object) == ["one Apply": [".data.x", ".data.y"]])
        let shared = try await apply(fixture, ["y": "1", "z": "1"], as: "two")
        #expect(shared.value["data"] == ["x": "1", "y": "1", "z": "1"])
        let dropped = try await apply(fixture, [:], as: "one")
        // y stays: two owns it as well.
        #expect(dropped.value["data"] == ["y": "1", "z": "1"])
        #expect(owners(dropped)["two Apply"] == [".data.y", ".data.z"])
    }

    @Test func conflictsNameFieldAndManagerUnlessForced() async throws {
        let fixture = try await ClusterFixture()
        _ = try await apply(fixture, ["x": "1"], as: "one")
        let error = await clusterError { try await apply(fixture, ["x": "2"], as: "two") }
        #expect(error?.code == .conflict)
        #expect(error?.message == "Apply failed with 1 conflict: conflict with \"one\": .data.x")
        #expect(
            error?.status.details?.causes == [
                Status.Cause(reason: "FieldManagerConflict", message: "conflict with \"one\"", field: ".data.x")
            ])
        let forced = try await apply(fixture, ["x": "2"], as: "two", force: true)
        #expect(forced.value["data"] == ["x": "2"])
        #expect(owners(forced) == ["two Apply": [".data.x"]])
    }

    @Test func plainWritesTakeFieldsFromAppliers() async throws {
        let fixture = try await ClusterFixture()
        _ = try await apply(fixture, ["x": "1", "y": "1"], as: "one")
        let updated = try await fixture.store.patch(
            fixture.key(.configMaps, "a"), patch: .merge(["data": ["x": "2"]]), context: fixture.manager("editor")
        ).object
        #expect(owners(updated) == ["one Apply": [".data.y"], "editor Update": [".data.x"]])
        let error = await clusterError { try await apply(fixture, ["x": "1", "y": "1"], as: "one") }
        #expect(error?.message == "Apply failed with 1 conflict: conflict with \"editor\" using v1: .data.x")
    }

    @Test func applyingTheSameAgainChangesNothing() async throws {
        let fixture = try await ClusterFixture()
        let deployment = ObjectBody(ClusterFixture.deployment("d", replicas: 2))
        let key = fixture.key(.deployments, "d")
        let first = try await fixture.store.patch(key, patch: .apply(deployment), context: fixture.manager("one"))
        fixture.time.advance(by: .seconds(5))
        let second = try await fixture.store.patch(key, patch: .apply(deployment), context: fixture.manager("one"))
        #expect(first.created && !second.created && !second.changed)
        #expect(second.object.resourceVersion == first.object.resourceVersion)
    }

    @Test func keyedListsAreOwnedElementByElement() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.deployments, "d")
        _ = try await fixture.store.patch(
            key, patch: .apply(ObjectBody(ClusterFixture.deployment("d"))), context: fixture.manager("one"))
        let sidecar: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
            "spec": ["template": ["spec": ["containers": [["name": "side", "image": "s"]]]]],
        ]
        let both = try await fixture.store.patch(
            key, patch: .apply(ObjectBody(sidecar)), context: fixture.manager("two")
        ).object
        let containers = both.value["spec"]?["template"]?["spec"]?["containers"]?.arrayValue ?? []
        #expect(containers.map { $0["name"] } == ["main", "side"])
        #expect(
            owners(both)["two Apply"] == [
                ".spec.template.spec.containers[name=\"side\"]", ".spec.template.spec.containers[name=\"side\"].image",
                ".spec.template.spec.containers[name=\"side\"].name",
            ])
        var empty = sidecar
        empty["spec"] = nil
        let gone = try await fixture.store.patch(
            key, patch: .apply(ObjectBody(empty)), context: fixture.manager("two")
        ).object
        #expect(gone.value["spec"]?["template"]?["spec"]?["containers"]?.arrayValue?.map { $0["name"] } == ["main"])
    }

    @Test func badAppliesAreRefused() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.configMaps, "a")
        for value in [
            ["metadata": ["name": "a"]], ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "b"]],
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["managedFields": [["manager": "x"]]]],
            ["apiVersion": "v1", "kind": "ConfigMap", "bogus": 1],
        ] as [JSONValue] {
            let error = await clusterError {
                try await fixture.store.patch(key, patch: .apply(ObjectBody(value)), context: fixture.manager("one"))
            }
            #expect(error?.code == .badRequest, "\(value)")
        }
    }

    @Test func manyUpdateManagersAreMerged() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a", [:])
        var last = object
        for number in 0..<15 {
            fixture.time.advance(by: .seconds(1))
            last = try await fixture.store.patch(
                object.key, patch: .merge(["data": ["k\(number)": "v"]]), context: fixture.manager("m\(number)")
            ).object
        }
        let entries = ManagedFields.entries(of: last.value)
        #expect(entries.count == 10)
        #expect(entries.contains { $0.manager == "ancient-changes" })
        let all = entries.reduce(FieldSet()) { $0.union($1.fields) }
        #expect(all.paths.filter { $0.hasPrefix(".data.k") }.count == 15)
    }

    /// Random appliers over one map: each manager's last word stands, fields of nobody vanish, ownership is exact.
    @Test(arguments: [UInt64(1), 2, 3, 4]) func mergesFollowTheModel(seed: UInt64) async throws {
        let fixture = try await ClusterFixture()
        let random = SeededRandom(seed: seed)
        var wishes: [String: [String: String]] = [:]
        var values: [String: String] = [:]
        for _ in 0..<60 {
            let manager = "m\(random.number(in: 0..<3))"
            var wish: [String: String] = [:]
            for key in 0..<5 where random.number(in: 0..<2) == 0 { wish["k\(key)"] = String(random.number(in: 0..<3)) }
            for key in (wishes[manager] ?? [:]).keys where wish[key] == nil {
                if !wishes.contains(where: { $0.key != manager && $0.value[key] != nil }) { values[key] = nil }
            }
            for (key, value) in wish {
                if values[key] != value {
                    for other in wishes.keys where other != manager { wishes[other]?[key] = nil }
                }
                values[key] = value
            }
            wishes[manager] = wish
            let data = JSONValue.map(wish)
            let object = try await apply(fixture, data, as: manager, force: true)
            var seen: [String: String] = [:]
            for (key, value) in object.value["data"]?.objectValue ?? [:] { seen[key] = value.stringValue }
            #expect(seen == values)
            for (owner, paths) in owners(object) {
                let name = String(owner.split(separator: " ")[0])
                let expected = (wishes[name] ?? [:]).keys.map { ".data.\($0)" }.sorted()
                #expect(paths.filter { $0 != ".data" } == expected, "\(owner)")
            }
        }
    }
}
