/// How to reach a cluster and who to be there: what a kubeconfig context says.
public struct KubernetesAccess: Sendable {
    /// Name of the context.
    public var context: String
    /// `https://host:port[/path]`.
    public var server: String
    /// PEM of the authorities to trust; nil trusts the system's.
    public var authorityPEM: [UInt8]?
    /// Accept any certificate of the server.
    public var skipsVerification: Bool
    /// The name the server's certificate must have, instead of the host.
    public var serverName: String?
    /// PEM of the client's certificate chain and private key.
    public var certificatePEM: [UInt8]?
    /// PEM of the client's private key; a secret.
    public var keyPEM: [UInt8]?
    /// Bearer token; a secret.
    public var token: String?
    /// Namespace of commands that name none.
    public var namespace: String

    init(context: String, server: String) {
        self.context = context
        self.server = server
        self.skipsVerification = false
        self.namespace = "default"
    }
}
