import Document
import Effects
import Testing

@testable import Cluster

@Suite struct RenderingTests {
    private let schema = Schema.kubernetes

    private func cells(_ resource: GroupResource, _ value: JSONValue, now: String = "2024-01-01T01:00:00Z") throws
        -> [JSONValue]
    {
        var value = value
        value["metadata", "creationTimestamp"] = "2024-01-01T00:00:00Z"
        let kind = try #require(schema.resource(resource))
        let object = StoredObject(
            key: ObjectKey(resource, namespace: "default", name: "x"), uid: "u", resourceVersion: 1, value: value)
        return TableRenderer(kind: kind).cells(object, now: try #require(Timestamp(rfc3339: now)))
    }

    private func pod(_ status: JSONValue, _ spec: JSONValue = ["containers": [["name": "a"], ["name": "b"]]])
        -> JSONValue
    {
        ["metadata": ["name": "x"], "spec": spec, "status": status]
    }

    @Test func podStatusFollowsKubectl() throws {
        let running: JSONValue = [
            "name": "a", "ready": true, "restartCount": 1, "state": ["running": [:]],
            "lastState": ["terminated": ["finishedAt": "2024-01-01T00:55:00Z"]],
        ]
        let cases: [(JSONValue, String, String)] = [
            (["phase": "Pending"], "Pending", "0/2"),
            (
                [
                    "phase": "Running",
                    "containerStatuses": [
                        running,
                        [
                            "name": "b", "restartCount": 0,
                            "state": ["waiting": ["reason": "CrashLoopBackOff"]],
                        ],
                    ],
                ], "CrashLoopBackOff", "1/2"
            ),
            (
                ["phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 3]]]]], "ExitCode:3",
                "0/2"
            ),
            (
                ["phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 0, "signal": 9]]]]],
                "Signal:9", "0/2"
            ),
            (
                [
                    "phase": "Succeeded",
                    "containerStatuses": [["state": ["terminated": ["exitCode": 0, "reason": "Completed"]]]],
                ], "Completed", "0/2"
            ),
            (["phase": "Failed", "reason": "Evicted"], "Evicted", "0/2"),
        ]
        for (status, text, ready) in cases {
            let row = try cells(.pods, pod(status))
            #expect(row[2] == .string(text) && row[1] == .string(ready), "\(row)")
        }
        let row = try cells(.pods, pod(["phase": "Running", "containerStatuses": [running]]))
        #expect(row[3] == "1 (5m ago)" && row[4] == "60m")
        var deleting = pod(["phase": "Running"])
        deleting["metadata", "deletionTimestamp"] = "2024-01-01T00:00:00Z"
        #expect(try cells(.pods, deleting)[2] == "Terminating")
        let waiting = pod(
            ["phase": "Pending", "initContainerStatuses": [["name": "i", "state": ["running": [:]]]]],
            ["initContainers": [["name": "i"]], "containers": [["name": "a"]]])
        #expect(try cells(.pods, waiting)[2] == "Init:0/1")
    }

    @Test func otherCellsLookAsExpected() throws {
        let service = try cells(
            .services,
            [
                "spec": [
                    "type": "LoadBalancer", "clusterIP": "10.0.0.1", "selector": ["b": "2", "a": "1"],
                    "ports": [["port": 80, "nodePort": 30080, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
                ],
                "status": ["loadBalancer": [:]],
            ])
        #expect(service == ["x", "LoadBalancer", "10.0.0.1", "<pending>", "80:30080/TCP,53/UDP", "60m", "a=1,b=2"])
        let deployment = try cells(
            .deployments,
            [
                "spec": [
                    "replicas": 3, "selector": ["matchLabels": ["app": "x"]],
                    "template": ["spec": ["containers": [["name": "a", "image": "i"]]]],
                ],
                "status": ["readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1],
            ])
        #expect(deployment == ["x", "2/3", 3, 1, "60m", "a", "i", "app=x"])
        let node = try cells(
            .nodes,
            [
                "metadata": ["labels": ["node-role.kubernetes.io/control-plane": ""]], "spec": ["unschedulable": true],
                "status": [
                    "conditions": [["type": "Ready", "status": "True"]],
                    "addresses": [["type": "InternalIP", "address": "1.2.3.4"]],
                ],
            ])
        #expect(Array(node[1...2]) == ["Ready,SchedulingDisabled", "control-plane"] && node[5] == "1.2.3.4")
        let slice = try cells(
            .endpointSlices,
            [
                "addressType": "IPv4", "ports": [["port": 80], ["name": "any"]],
                "endpoints": [["addresses": ["1"]], ["addresses": ["2"]], ["addresses": ["3"]], ["addresses": ["4"]]],
            ])
        #expect(slice == ["x", "IPv4", "80,*", "1,2,3 + 1 more...", "60m"])
    }

    @Test(arguments: [
        (-5, "<invalid>"), (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (3600, "60m"), (11_000, "3h3m"),
        (100_000, "27h"), (300_000, "3d11h"), (86_400 * 400, "400d"), (86_400 * 800, "2y70d"),
    ])
    func agesAreShort(seconds: Int64, text: String) {
        #expect(ShortAge.text(seconds: seconds) == text)
    }

    @Test func tablesCarryWhatWasAskedFor() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        let renderer = TableRenderer(kind: try #require(schema.resource(.configMaps)))
        let table = renderer.table(objects: [object], now: fixture.effects.now)
        #expect(table["columnDefinitions"]?[0]?["format"] == "name")
        #expect(table["rows"]?[0]?["cells"] == ["a", 1, "0s"])
        #expect(table["rows"]?[0]?["object", "kind"] == "PartialObjectMetadata")
        #expect(table["rows"]?[0]?["object", "metadata"] == object.value["metadata"])
        let bare = renderer.table(
            objects: [object], includeObject: .none, now: fixture.effects.now, includeColumns: false)
        #expect(bare["rows"]?[0]?["object"] == nil && bare["columnDefinitions"] == .null)
    }

    @Test func framesHoldTheStoredBytes() async throws {
        let fixture = try await ClusterFixture()
        let object = try await fixture.configMap("a")
        let kind = try #require(schema.resource(.configMaps))
        let frame = try JSONReader.parse(WatchFrame.bytes(.added(object), resource: kind))
        #expect(frame["type"] == "ADDED" && frame["object"] == object.value)
        let page = try fixture.store.list(.configMaps)
        let list = try JSONReader.parse(WatchFrame.list(page, resource: kind))
        #expect(list["kind"] == "ConfigMapList" && list["items"] == [object.value])
        #expect(list["metadata", "resourceVersion"]?.stringValue == String(page.resourceVersion))
        let event = try await fixture.create(
            .events, ["metadata": ["name": "e"], "message": "hi", "involvedObject": ["namespace": "default"]])
        let view = try #require(schema.resource(group: "events.k8s.io", version: "v1", plural: "events"))
        let shown = try JSONReader.parse(view.bytes(of: event))
        #expect(shown["note"] == "hi" && shown["apiVersion"] == "events.k8s.io/v1" && shown["regarding"] != nil)
    }

    @Test func discoveryNamesEverything() throws {
        let discovery = Discovery()
        let core = discovery.aggregated(core: true)
        let resources = core["items"]?[0]?["versions"]?[0]?["resources"]?.arrayValue ?? []
        let pods = try #require(resources.first { $0["resource"] == "pods" })
        #expect(pods["shortNames"] == ["po"] && pods["scope"] == "Namespaced" && pods["singularResource"] == "pod")
        #expect(
            pods["subresources"]?.arrayValue?.contains {
                $0["subresource"] == "eviction" && $0["responseKind", "group"] == "policy"
            } == true)
        #expect(
            discovery.aggregated(core: false)["items"]?.arrayValue?.compactMap { $0["metadata", "name"]?.stringValue }
                == ["events.k8s.io", "apps", "discovery.k8s.io", "coordination.k8s.io"])
        let list = try #require(discovery.resourceList(group: "", version: "v1")?["resources"]?.arrayValue)
        let eviction = try #require(list.first { $0["name"] == "pods/eviction" })
        #expect(eviction["group"] == "policy" && eviction["version"] == "v1" && eviction["kind"] == "Eviction")
        #expect(discovery.resourceList(group: "apps", version: "v2") == nil && discovery.group("nothing") == nil)
        #expect(discovery.groupList()["groups"]?.arrayValue?.count == 4)
    }

    @Test func openAPIDocumentsAreClosedAndStable() throws {
        let api = OpenAPI()
        for (group, version) in schema.groupVersions {
            let rendered = try #require(api.document(group: group, version: version))
            let document = try JSONReader.parse(rendered.bytes)
            let schemas = try #require(document["components", "schemas"]?.objectValue)
            // Every reference points at a type of the same document.
            for reference in references(document) {
                #expect(schemas[String(reference.dropFirst("#/components/schemas/".count))] != nil, "\(reference)")
            }
            #expect(OpenAPI().document(group: group, version: version)?.hash == rendered.hash)
        }
        let apps = try JSONReader.parse(try #require(api.document(group: "apps", version: "v1")).bytes)
        let patch = apps["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch"]
        #expect(patch?["parameters"]?.arrayValue?.contains { $0["name"] == "fieldValidation" } == true)
        #expect(patch?["requestBody", "content", "application/strategic-merge-patch+json"] != nil)
        let spec = apps["components", "schemas", "io.k8s.api.core.v1.PodSpec", "properties", "containers"]
        #expect(spec?["x-kubernetes-patch-merge-key"] == "name" && spec?["x-kubernetes-list-map-keys"] == ["name"])
        #expect(api.index()["paths"]?["apis/apps/v1"]?["serverRelativeURL"]?.stringValue?.contains("?hash=") == true)
    }

    private func references(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            object.flatMap { $0.key == "$ref" ? [$0.value.stringValue ?? ""] : references($0.value) }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }
}
