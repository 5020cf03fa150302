import Effects

/// A token that lets a pod speak to the Kubernetes API.
public struct PodToken: Sendable, Hashable {
    /// The signed token; never logged.
    public var token: String
    /// When it ends.
    public var expiresAt: Timestamp

    /// A token with its end.
    public init(token: String, expiresAt: Timestamp) {
        self.token = token
        self.expiresAt = expiresAt
    }
}

/// What a token is asked for.
public struct PodTokenRequest: Sendable, Hashable {
    /// The namespace of service account and pod.
    public var namespace: String
    /// The service account's name.
    public var serviceAccount: String
    /// Who the token is meant for; empty is the Kubernetes API.
    public var audience: String
    /// How long it is to last.
    public var expirationSeconds: Int64
    /// The pod it dies with.
    public var podName: String
    /// That pod's uid.
    public var podUID: String

    /// A request for one pod.
    public init(
        namespace: String, serviceAccount: String, audience: String, expirationSeconds: Int64, podName: String,
        podUID: String
    ) {
        self.namespace = namespace
        self.serviceAccount = serviceAccount
        self.audience = audience
        self.expirationSeconds = expirationSeconds
        self.podName = podName
        self.podUID = podUID
    }
}

/// Who signs tokens for pods. Platform plugs the identity of the cluster in.
public protocol PodTokenSource: Sendable {
    /// A token bound to the pod.
    func token(for request: PodTokenRequest) async throws -> PodToken
}
