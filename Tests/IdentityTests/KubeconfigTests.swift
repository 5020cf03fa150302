import Document
import Testing

@testable import Identity

@Suite struct KubeconfigTests {
    static let config = Kubeconfig(
        name: "skiff-x", server: "https://127.0.0.1:6443", authorityPEM: "CA",
        user: Credential(certificatePEM: "CERT", keyPEM: "KEY"))

    @Test func rendersAWholeFile() throws {
        let document = try #require(try YAMLReader.parse(Self.config.yaml, source: "x").first).value
        #expect(document["kind"] == "Config")
        #expect(document["current-context"] == "skiff-x")
        #expect(document["clusters"]?[0]?["cluster", "server"] == "https://127.0.0.1:6443")
        #expect(document["users"]?[0]?["user", "client-key-data"] == "S0VZ")
    }

    @Test func mergesWithoutTouchingOthers() throws {
        let mine: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": "prod", "extensions": ["keep"],
            "clusters": [["name": "prod", "cluster": ["server": "https://prod"]], ["name": "skiff-x", "cluster": [:]]],
            "contexts": [["name": "prod", "context": ["cluster": "prod", "user": "me"]]], "users": nil,
        ]
        let merged = Self.config.merged(into: mine, makeCurrent: false)
        #expect(merged["current-context"] == "prod")
        #expect(merged["extensions"] == ["keep"])
        #expect(merged["clusters"]?.arrayValue?.count == 2)
        #expect(merged["clusters"]?[0]?["cluster", "server"] == "https://prod")
        #expect(merged["clusters"]?[1]?["cluster", "server"] == "https://127.0.0.1:6443")
        #expect(merged["users"]?.arrayValue?.count == 1)
        #expect(Self.config.merged(into: merged, makeCurrent: true)["current-context"] == "skiff-x")
    }
}
