import Document
import SystemLinux
import Testing

@testable import Clients

@Suite struct KubeconfigTests {
    static func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let folder = "/tmp/skiff-kubeconfig-\(UInt64.random(in: 0..<UInt64.max))"
        try Directory.make(folder)
        defer { try? Directory.removeTree(folder) }
        try File.write("\(folder)/config", Array(text.utf8))
        try File.write("\(folder)/ca.pem", Array("CA".utf8))
        try body(folder)
    }

    static let text = """
        apiVersion: v1
        kind: Config
        current-context: one
        clusters:
        - {name: a, cluster: {server: "https://a:6443", certificate-authority: ca.pem}}
        - {name: b, cluster: {server: "https://b", insecure-skip-tls-verify: true}}
        users:
        - {name: token, user: {token: secret}}
        - {name: plugin, user: {exec: {command: aws}}}
        contexts:
        - {name: one, context: {cluster: a, user: token, namespace: dev}}
        - {name: two, context: {cluster: b, user: plugin}}
        - {name: broken, context: {cluster: c}}
        """

    @Test func resolvesContexts() throws {
        try Self.withFile(Self.text) { folder in
            let file = try KubeconfigFile(paths: ["/nowhere", "\(folder)/config"])
            let access = try file.access()
            #expect(access.server == "https://a:6443")
            #expect(access.namespace == "dev")
            #expect(access.token == "secret")
            #expect(access.authorityPEM == Array("CA".utf8))
            #expect(file.contextNames == ["broken", "one", "two"])
        }
    }

    @Test func saysWhatIsWrong() throws {
        try Self.withFile(Self.text) { folder in
            let file = try KubeconfigFile(paths: ["\(folder)/config"])
            for (context, text) in [("two", "exec"), ("broken", "\"c\""), ("none", "one, two")] {
                let error = #expect(throws: KubernetesClientError.self) { try file.access(context: context) }
                #expect(error?.message.contains(text) == true)
            }
        }
        #expect(throws: KubernetesClientError.self) { try KubeconfigFile(paths: ["/nowhere"]) }
    }

    @Test func mergesWithoutTouchingOthers() throws {
        let mine: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": "prod", "extensions": ["keep"],
            "clusters": [["name": "prod", "cluster": ["server": "https://prod"]], ["name": "x", "cluster": [:]]],
            "users": nil,
        ]
        let addition: JSONValue = [
            "current-context": "x", "clusters": [["name": "x", "cluster": ["server": "https://x"]]],
            "contexts": [["name": "x", "context": ["cluster": "x", "user": "x"]]],
            "users": [["name": "x", "user": ["token": "t"]]],
        ]
        let merged = KubeconfigMerge.merge(addition, into: mine, makeCurrent: false)
        #expect(merged["current-context"] == "prod")
        #expect(merged["extensions"] == ["keep"])
        #expect(merged["clusters"]?.arrayValue?.count == 2)
        #expect(merged["clusters"]?[1]?["cluster", "server"] == "https://x")
        #expect(merged["users"]?.arrayValue?.count == 1)
        #expect(KubeconfigMerge.merge(addition, into: merged, makeCurrent: true)["current-context"] == "x")
        #expect(KubeconfigMerge.merge(addition, into: .null, makeCurrent: false)["kind"] == "Config")
    }
}
