import Document

/// A kubeconfig for one cluster: one context, one user with a client certificate.
public struct Kubeconfig: Sendable {
    /// Name of cluster, context and user, e.g. `skiff-default`.
    public var name: String
    /// `https://host:port`.
    public var server: String
    /// PEM of the authority that signed the server's certificate.
    public var authorityPEM: String
    /// The user's certificate and key.
    public var user: Credential

    /// Creates a description; `document` renders it.
    public init(name: String, server: String, authorityPEM: String, user: Credential) {
        self.name = name
        self.server = server
        self.authorityPEM = authorityPEM
        self.user = user
    }

    private static func base64(_ text: String) -> JSONValue { .string(Base64.encode(Array(text.utf8))) }

    private var cluster: JSONValue {
        ["certificate-authority-data": Self.base64(self.authorityPEM), "server": .string(self.server)]
    }

    private var credentials: JSONValue {
        [
            "client-certificate-data": Self.base64(self.user.certificatePEM),
            "client-key-data": Self.base64(self.user.keyPEM),
        ]
    }

    /// The whole file as a document (`kind: Config`).
    public var document: JSONValue {
        self.merged(into: ["apiVersion": "v1", "kind": "Config", "preferences": [:]], makeCurrent: true)
    }

    /// The whole file as YAML.
    public var yaml: String { YAMLWriter.string(self.document) }

    /// `existing` with this cluster, context and user in it: entries of the same name are replaced, all others and all
    /// unknown fields stay as they are. `current-context` changes with `makeCurrent` or when there was none.
    public func merged(into existing: JSONValue, makeCurrent: Bool) -> JSONValue {
        var result = existing
        if result["apiVersion"] == nil { result["apiVersion"] = "v1" }
        if result["kind"] == nil { result["kind"] = "Config" }
        self.replace("clusters", "cluster", self.cluster, in: &result)
        self.replace("users", "user", self.credentials, in: &result)
        let context: JSONValue = ["cluster": .string(self.name), "user": .string(self.name)]
        self.replace("contexts", "context", context, in: &result)
        if makeCurrent || (result["current-context"]?.stringValue ?? "").isEmpty {
            result["current-context"] = .string(self.name)
        }
        return result
    }

    private func replace(_ list: String, _ key: String, _ value: JSONValue, in document: inout JSONValue) {
        var entries = document[list]?.arrayValue ?? []
        var entry: JSONValue = ["name": .string(self.name)]
        entry[key] = value
        if let index = entries.firstIndex(where: { $0["name"]?.stringValue == self.name }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
        document[list] = .array(entries)
    }
}
