import Document

/// What a service account token says. Source: Kubernetes' bound service account tokens.
public struct TokenClaims: Sendable, Hashable {
    /// An object the token is bound to; the token dies with it.
    public struct Reference: Sendable, Hashable {
        /// Object name.
        public let name: String
        /// Object uid; a new object of the same name does not revive the token.
        public let uid: String

        /// Creates a reference.
        public init(name: String, uid: String) {
            self.name = name
            self.uid = uid
        }
    }

    /// Namespace of the service account.
    public var namespace: String
    /// The service account.
    public var serviceAccount: Reference
    /// The pod that carries the token, if it is bound to one.
    public var pod: Reference?
    /// The secret that carries the token, if it is bound to one.
    public var secret: Reference?
    /// Who may accept the token.
    public var audiences: [String]

    /// Creates claims.
    public init(
        namespace: String, serviceAccount: Reference, pod: Reference? = nil, secret: Reference? = nil,
        audiences: [String]
    ) {
        self.namespace = namespace
        self.serviceAccount = serviceAccount
        self.pod = pod
        self.secret = secret
        self.audiences = audiences
    }

    /// The user the token stands for.
    public var user: String { "system:serviceaccount:\(self.namespace):\(self.serviceAccount.name)" }

    /// The groups of that user, without `system:authenticated`.
    public var groups: [String] { ["system:serviceaccounts", "system:serviceaccounts:\(self.namespace)"] }

    func payload(issuer: String, issuedAt: Int64, expiresAt: Int64, tokenID: String) -> JSONValue {
        var bound: JSONValue = [
            "namespace": .string(self.namespace), "serviceaccount": Self.value(self.serviceAccount),
        ]
        if let pod = self.pod { bound["pod"] = Self.value(pod) }
        if let secret = self.secret { bound["secret"] = Self.value(secret) }
        return [
            "aud": .array(self.audiences.map { .string($0) }), "exp": .integer(expiresAt), "iat": .integer(issuedAt),
            "iss": .string(issuer), "jti": .string(tokenID), "kubernetes.io": bound, "nbf": .integer(issuedAt),
            "sub": .string(self.user),
        ]
    }

    init?(payload: JSONValue) {
        guard let bound = payload["kubernetes.io"], let namespace = bound["namespace"]?.stringValue,
            let account = Self.reference(bound["serviceaccount"])
        else { return nil }
        self.init(
            namespace: namespace, serviceAccount: account, pod: Self.reference(bound["pod"]),
            secret: Self.reference(bound["secret"]),
            audiences: payload["aud"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        guard payload["sub"]?.stringValue == self.user else { return nil }
    }

    private static func value(_ reference: Reference) -> JSONValue {
        ["name": .string(reference.name), "uid": .string(reference.uid)]
    }

    private static func reference(_ value: JSONValue?) -> Reference? {
        guard let name = value?["name"]?.stringValue, let uid = value?["uid"]?.stringValue else { return nil }
        return Reference(name: name, uid: uid)
    }
}
