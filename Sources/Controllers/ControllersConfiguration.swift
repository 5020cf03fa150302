/// What the controllers are told about the cluster.
public struct ControllersConfiguration: Sendable {
    /// The certificate of the cluster's authority in PEM, given to every namespace.
    public var rootCertificate: String
    /// The address at which pods reach the Kubernetes API, behind the Service `kubernetes`.
    public var apiAddress: String
    /// The port there.
    public var apiPort: Int
    /// How long Event objects are kept.
    public var eventLifetime: Duration

    /// The facts of one cluster; events are kept for an hour, as by Kubernetes.
    public init(
        rootCertificate: String, apiAddress: String, apiPort: Int, eventLifetime: Duration = .seconds(3600)
    ) {
        self.rootCertificate = rootCertificate
        self.apiAddress = apiAddress
        self.apiPort = apiPort
        self.eventLifetime = eventLifetime
    }
}
