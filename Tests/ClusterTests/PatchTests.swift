import Document
import Testing

@testable import Cluster

@Suite struct PatchTests {
    private func strategic(_ patch: JSONValue, to target: JSONValue) throws -> JSONValue {
        let schema = Schema.kubernetes
        let message = try #require(schema.resource(.pods)).message
        return try StrategicMerge(schema: schema).apply(patch, to: target, message: message)
    }

    private func containers(_ list: JSONValue) -> JSONValue { ["spec": ["containers": list]] }

    @Test func keyedListsMergeByTheirKey() throws {
        let target = containers([["name": "a", "image": "1", "env": [["name": "X", "value": "1"]]], ["name": "b"]])
        let patch = containers([["name": "a", "env": [["name": "Y", "value": "2"]]], ["name": "c", "image": "3"]])
        #expect(
            try strategic(patch, to: target)
                == containers([
                    ["name": "a", "image": "1", "env": [["name": "X", "value": "1"], ["name": "Y", "value": "2"]]],
                    ["name": "b"],
                    ["name": "c", "image": "3"],
                ]))
    }

    @Test func directivesDeleteReplaceAndReorder() throws {
        let target = containers([["name": "a", "image": "1"], ["name": "b", "image": "2"]])
        #expect(
            try strategic(containers([["name": "a", "$patch": "delete"]]), to: target)
                == containers([["name": "b", "image": "2"]]))
        #expect(
            try strategic(containers([["$patch": "replace"], ["name": "z"]]), to: target) == containers([["name": "z"]])
        )
        #expect(
            try strategic(["spec": ["$patch": "replace", "nodeName": "n"]], to: target) == ["spec": ["nodeName": "n"]])
        #expect(
            try strategic(
                [
                    "spec": [
                        "$setElementOrder/containers": [["name": "b"], ["name": "a"]],
                        "containers": [["name": "a", "image": "9"]],
                    ]
                ],
                to: target) == containers([["name": "b", "image": "2"], ["name": "a", "image": "9"]]))
        #expect(throws: ClusterError.self) { try strategic(["spec": ["$patch": "bogus"]], to: target) }
        #expect(throws: ClusterError.self) { try strategic(containers([["image": "x"]]), to: target) }
    }

    @Test func setsAndKeptKeysAndNulls() throws {
        let target: JSONValue = [
            "metadata": ["finalizers": ["a", "b"], "labels": ["x": "1", "y": "2"]],
            "spec": ["volumes": [["name": "v", "emptyDir": [:]]], "tolerations": [["key": "old"]]],
        ]
        let result = try strategic(
            [
                "metadata": ["finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"], "labels": ["x": nil]],
                "spec": [
                    "volumes": [["name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": ["path": "/x"]]],
                    "tolerations": [["key": "new"]],
                ],
            ], to: target)
        #expect(Set(result["metadata"]?["finalizers"]?.arrayValue ?? []) == ["b", "c"])
        #expect(result["metadata", "labels"] == ["y": "2"])
        #expect(result["spec", "volumes"] == [["name": "v", "hostPath": ["path": "/x"]]])
        #expect(result["spec", "tolerations"] == [["key": "new"]])
    }

    /// A patch computed as kubectl does (three-way, keys only) leaves what it does not name alone: checked over many
    /// random pods by comparing with a plain dictionary model.
    @Test(arguments: 0..<20) func unnamedElementsStay(seed: UInt64) throws {
        var state = seed &* 2_654_435_761 &+ 1
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        var model: [String: String] = [:]
        var target = containers([])
        for _ in 0..<30 {
            let name = "c\(random(8))"
            let image = "i\(random(100))"
            if random(4) == 0 {
                model[name] = nil
                target = try strategic(containers([["name": .string(name), "$patch": "delete"]]), to: target)
            } else {
                model[name] = image
                target = try strategic(containers([["name": .string(name), "image": .string(image)]]), to: target)
            }
            var seen: [String: String] = [:]
            for item in target["spec"]?["containers"]?.arrayValue ?? [] {
                seen[item["name"]?.stringValue ?? ""] = item["image"]?.stringValue
            }
            #expect(seen == model)
        }
    }

    @Test func jsonPatchesReportTheirFailures() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        let result = try await fixture.store.patch(
            object.key, patch: .json([["op": "add", "path": "/data/b", "value": "2"]]), context: fixture.context)
        #expect(result.object.value["data"] == ["a": "1", "b": "2"])
        let failures: [(JSONValue, Status.Reason)] = [
            ([["op": "test", "path": "/data/a", "value": "9"]], .invalid),
            ([["op": "remove", "path": "/data/zzz"]], .invalid), (["op": "remove"], .badRequest),
        ]
        for (patch, reason) in failures {
            let error = await clusterError {
                try await fixture.store.patch(object.key, patch: .json(patch), context: fixture.context)
            }
            #expect(error?.code == reason)
        }
    }
}
