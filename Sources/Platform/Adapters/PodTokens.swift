import Cluster
import Identity
import Node

/// Lets the node ask the cluster's identity for tokens of pods.
struct PodTokens: PodTokenSource {
    let identity: IdentityStore
    let store: ClusterStore

    func token(for request: PodTokenRequest) async throws -> PodToken {
        let signer = identity.tokens
        let account = ObjectKey(.serviceAccounts, namespace: request.namespace, name: request.serviceAccount)
        guard let stored = store.get(account) else {
            throw PlatformError(
                .notFound, "service account \(request.namespace)/\(request.serviceAccount) is not there")
        }
        let claims = TokenClaims(
            namespace: request.namespace,
            serviceAccount: .init(name: request.serviceAccount, uid: stored.uid),
            pod: .init(name: request.podName, uid: request.podUID),
            audiences: request.audience.isEmpty ? [signer.issuer] : [request.audience]
        )
        let signed = signer.sign(claims, lifetime: .seconds(request.expirationSeconds))
        return PodToken(token: signed.token, expiresAt: signed.expiresAt)
    }
}
