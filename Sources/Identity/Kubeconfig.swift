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

    /// The whole file as a document (`kind: Config`), with its one context as the current one.
    public var document: JSONValue {
        let name = JSONValue.string(self.name)
        return [
            "apiVersion": "v1", "kind": "Config", "preferences": [:], "current-context": name,
            "clusters": [["name": name, "cluster": self.cluster]],
            "users": [["name": name, "user": self.credentials]],
            "contexts": [["name": name, "context": ["cluster": name, "user": name]]],
        ]
    }

    /// The whole file as YAML.
    public var yaml: String { YAMLWriter.string(self.document) }
}
