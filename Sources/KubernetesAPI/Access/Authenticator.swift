import Cluster
import HTTPService
import HTTPTypes
import HummingbirdCore
import Identity

/// Finds out who makes a request: client certificate, unix socket peer, bearer token, in this order.
struct Authenticator {
    private let store: ClusterStore
    private let tokens: TokenSigner

    init(_ dependencies: KubernetesAPI.Dependencies) {
        self.store = dependencies.store
        self.tokens = dependencies.tokens
    }

    /// The caller; throws 401 for credentials that are wrong. No credentials at all make an anonymous caller.
    func caller(_ request: Request, _ context: ServiceContext) throws(ClusterError) -> Caller {
        var caller = Caller.anonymous
        if let identity = context.clientIdentity, !identity.commonName.isEmpty {
            caller = Caller(user: identity.commonName, groups: identity.organizations + [Caller.authenticated])
        } else if context.peer.uid == 0 {
            caller = .root
        } else if let token = self.bearerToken(request) {
            guard let known = self.caller(token: token) else { throw .unauthorized() }
            caller = known
        }
        return try self.impersonated(by: caller, request)
    }

    /// Who a service account token stands for; nil for tokens that are forged, expired or outlived by their account
    /// or pod.
    func caller(token: String, audience: String? = nil) -> Caller? {
        // Why a token is refused is not told to whoever presents it.
        guard let claims = try? self.tokens.verify(token, audience: audience) else { return nil }
        let account = ObjectKey(
            .serviceAccounts, namespace: claims.namespace, name: claims.serviceAccount.name)
        guard self.store.get(account)?.uid == claims.serviceAccount.uid else { return nil }
        if let pod = claims.pod {
            guard self.store.get(ObjectKey(.pods, namespace: claims.namespace, name: pod.name))?.uid == pod.uid else {
                return nil
            }
        }
        if let secret = claims.secret {
            let key = ObjectKey(.secrets, namespace: claims.namespace, name: secret.name)
            guard self.store.get(key)?.uid == secret.uid else { return nil }
        }
        return Caller(
            user: claims.user, groups: claims.groups + [Caller.authenticated], uid: claims.serviceAccount.uid)
    }

    private func bearerToken(_ request: Request) -> String? {
        if let field = request.headers[.authorization] {
            let parts = field.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return String(parts[1].trimmingBlanks)
        }
        // Browsers cannot set headers on a WebSocket; Kubernetes lets them name the token as a subprotocol.
        let prefix = "base64url.bearer.authorization.k8s.io."
        return WebSocketHandshake.subprotocols(request).first { $0.hasPrefix(prefix) }
            .flatMap { Base64Token.decode($0.dropFirst(prefix.count)) }
    }

    /// `kubectl --as`: only superusers may act as somebody else.
    private func impersonated(by caller: Caller, _ request: Request) throws(ClusterError) -> Caller {
        guard let user = request.headers[.impersonateUser] else { return caller }
        guard caller.isMaster else {
            throw .forbidden(
                ObjectKey(GroupResource("users"), name: user),
                "User \"\(caller.user)\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope")
        }
        let groups = request.headers[values: .impersonateGroup]
        let isAnonymous = user == Caller.anonymous.user
        return Caller(
            user: user, groups: groups + [isAnonymous ? "system:unauthenticated" : Caller.authenticated],
            uid: request.headers[.impersonateUID] ?? "")
    }
}

extension HTTPField.Name {
    // The names are valid tokens, so the fallbacks are never used.
    fileprivate static let impersonateUser = HTTPField.Name("Impersonate-User") ?? .userAgent
    fileprivate static let impersonateGroup = HTTPField.Name("Impersonate-Group") ?? .userAgent
    fileprivate static let impersonateUID = HTTPField.Name("Impersonate-Uid") ?? .userAgent
}
