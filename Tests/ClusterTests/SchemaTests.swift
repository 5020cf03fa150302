import Document
import Effects
import Testing

@testable import Cluster

@Suite struct SchemaTests {
    private let schema = Schema.kubernetes

    @Test func theTableIsComplete() throws {
        #expect(schema.messages.count > 200)
        #expect(
            schema.resources.map(\.plural) == [
                "namespaces", "nodes", "pods", "services", "endpoints", "configmaps", "secrets", "serviceaccounts",
                "events",
                "events", "deployments", "replicasets", "endpointslices", "leases",
            ])
        let pod = try #require(schema.message(named: "core.PodSpec"))
        #expect(pod.fieldsByName.count == 42)
        // Fields of inline messages stand in the enclosing object.
        let volume = try #require(schema.message(named: "core.Volume"))
        #expect(volume.fieldsByName["configMap"] != nil)
        #expect(volume.fieldsByName["volumeSource"] == nil)
    }

    @Test func protobufNumbersAreUnique() {
        for message in schema.messages {
            #expect(Set(message.fields.map(\.number)).count == message.fields.count, "\(message.name)")
        }
    }

    @Test func mergeKeysNameFieldsOfTheirElements() {
        for message in schema.messages {
            for field in message.fields {
                guard case .list(.message(let index)) = field.type else { continue }
                let element = schema.messages[index].fieldsByName
                if let key = field.merge.patchKey { #expect(element[key] != nil, "\(message.name).\(field.name)") }
                if case .keyed(let keys) = field.merge.topology {
                    for key in keys { #expect(element[key] != nil, "\(message.name).\(field.name): \(key)") }
                }
            }
        }
    }

    @Test func defaultsPassTheirOwnRules() {
        for message in schema.messages {
            for field in message.fields {
                guard let value = field.defaultValue else { continue }
                var check = StructureCheck(schema: schema)
                check.check(value, field.type)
                #expect(check.mismatches.isEmpty && !check.needsRepair, "\(message.name).\(field.name)")
                if let text = value.stringValue, !field.allowedValues.isEmpty {
                    #expect(field.allowedValues.contains(text), "\(message.name).\(field.name)")
                }
            }
        }
    }

    @Test(arguments: [
        ("po", "pods"), ("Pod", "pods"), ("deploy", "deployments"), ("deployments.apps", "deployments"),
        ("svc", "services"), ("EndpointSlice", "endpointslices"), ("cm", "configmaps"), ("no", "nodes"),
    ])
    func wordsFindResources(word: String, plural: String) {
        #expect(schema.find(word)?.plural == plural)
    }

    @Test func everyColumnHasARenderer() async throws {
        let fixture = try await ClusterFixture()
        for resource in schema.resources {
            let object = StoredObject(
                key: ObjectKey(resource.storage, name: "x"), uid: "u", resourceVersion: 1,
                value: ["metadata": ["name": "x", "creationTimestamp": "2024-01-01T00:00:00Z"]])
            for (cell, column) in zip(
                TableRenderer(kind: resource).cells(object, now: fixture.effects.now), resource.columns)
            {
                let known = ["event.lastSeen", "event.firstSeen"].contains(column.cell)
                #expect(cell != "<unknown>" || known, "\(resource.plural): \(column.cell)")
            }
        }
    }

    @Test(arguments: [
        ("1000m", "1"), ("0.5", "500m"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"), ("1.5Gi", "1536Mi"), ("100M", "100M"),
        ("1e3", "1e3"), ("0", "0"), ("1000k", "1M"), ("0.1", "100m"), ("-1", "-1"), ("500n", "500n"), ("2Ki", "2Ki"),
    ])
    func quantitiesHaveOneSpelling(text: String, canonical: String) {
        #expect(Quantity(text)?.canonical == canonical)
    }

    @Test(arguments: ["", "m", "1x", "1 ", "--1", "1.2.3", "1Mib", "abc", "1e"])
    func malformedQuantitiesAreRefused(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func quantitiesRoundUp() throws {
        #expect(try #require(Quantity("1.0001")).milli == 1001)
        #expect(try #require(Quantity("100m")).value == 1)
        #expect(try #require(Quantity("1Gi")).value == 1 << 30)
        #expect(try #require(Quantity("1Gi")) > #require(Quantity("1G")))
    }
}
