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
}
