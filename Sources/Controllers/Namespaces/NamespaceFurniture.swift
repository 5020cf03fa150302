import Cluster
import Document
import EventBus

/// Gives every namespace its service account `default` and the cluster's certificate, and repairs them.
struct NamespaceFurniture: Reconciler {
    static let accountName = "default"
    static let certificateName = "kube-root-ca.crt"

    let context: ControllerContext
    let name = "root-ca-certificate-publisher"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        switch (change.resource, change.name) {
        case (.namespaces, _): return change.current == nil ? [] : [change.key]
        case (.serviceAccounts, Self.accountName) where change.current == nil,
            (.configMaps, Self.certificateName):
            return [ObjectKey(.namespaces, name: change.namespace)]
        default: return []
        }
    }

    func allKeys() -> [ObjectKey] { context.store.all(.namespaces).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let namespace = context.store.get(key), !namespace.isDeleting else { return nil }
        let account: JSONValue = [
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": .string(Self.accountName)],
        ]
        try await create(
            account, ObjectKey(.serviceAccounts, namespace: key.name, name: Self.accountName),
            .engine("serviceaccount-controller", cause: cause))
        try await publishCertificate(in: key.name, .engine(name, cause: cause))
        return nil
    }

    private func publishCertificate(in namespace: String, _ engine: RequestContext) async throws {
        let key = ObjectKey(.configMaps, namespace: namespace, name: Self.certificateName)
        let data: JSONValue = ["ca.crt": .string(context.configuration.rootCertificate)]
        let note =
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints "
            + "such as the internal service IP or kubernetes.default.svc."
        let map: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(Self.certificateName),
                "annotations": ["kubernetes.io/description": .string(note)],
            ],
            "data": data,
        ]
        try await create(map, key, engine)
        guard context.store.get(key)?.value["data"] != data else { return }
        _ = try await context.store.modify(key, context: engine) { $0["data"] = data }
    }

    private func create(_ body: JSONValue, _ key: ObjectKey, _ engine: RequestContext) async throws {
        guard context.store.get(key) == nil else { return }
        do {
            _ = try await context.store.create(
                key.resource, namespace: key.namespace, body: ObjectBody(body), context: engine)
        } catch {
            guard error.code == .alreadyExists else { throw error }
            return
        }
    }
}
