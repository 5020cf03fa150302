import Document
import Foundation
import Testing

@testable import Cluster

/// Bodies that kubectl 1.33 really sent (`kubectl create …`), and what they mean.
@Suite struct KubectlBodyTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Goldens")
    private static let cases = [
        "can-i", "configmap", "deployment", "namespace", "secret-generic", "service-clusterip", "service-nodeport",
        "serviceaccount", "token",
    ]

    private static func input(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent("kubectl-1.33-\(name).input.bin")))
    }

    @Test(arguments: cases) func protobufBodiesMeanWhatTheirJSONWould(name: String) throws {
        let value = try ProtobufReader().decode(try Self.input(name))
        let file = Self.folder.appendingPathComponent("kubectl-1.33-\(name).output.json")
        let text = JSONWriter.string(value, style: .pretty) + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test(arguments: cases.filter { $0 != "can-i" && $0 != "token" }) func theStoreTakesThemStrictly(name: String)
        async throws
    {
        let fixture = try await ClusterFixture()
        let value = try ProtobufReader().decode(try Self.input(name))
        let kind = try #require(
            Schema.kubernetes.resource(
                apiVersion: value["apiVersion"]?.stringValue ?? "", kind: value["kind"]?.stringValue ?? ""))
        let object = try await fixture.create(kind.storage, value, namespace: kind.isNamespaced ? "default" : "")
        #expect(object.name == value["metadata", "name"]?.stringValue)
    }
}
