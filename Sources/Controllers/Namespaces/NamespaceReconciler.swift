import Cluster
import Document
import Effects
import EventBus

/// Empties a namespace that is being deleted, pods first, and then lets it go.
struct NamespaceReconciler: Reconciler {
    static let finalizer = "kubernetes"

    let context: ControllerContext
    let name = "namespace-controller"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        if change.resource == .namespaces { return change.current?.isDeleting == true ? [change.key] : [] }
        guard !change.namespace.isEmpty else { return [] }
        let key = ObjectKey(.namespaces, name: change.namespace)
        // Whatever comes or goes in a namespace that is being deleted brings its end nearer, or further away.
        return context.store.get(key)?.isDeleting == true ? [key] : []
    }

    func allKeys() -> [ObjectKey] { context.store.all(.namespaces).filter(\.isDeleting).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let namespace = context.store.get(key), namespace.isDeleting else { return nil }
        let engine = RequestContext.engine(name, cause: cause)
        try await deleteContent(of: key.name, engine)
        let content = self.content(of: key.name)
        let now = context.effects.now
        do {
            _ = try await context.store.modify(key, subresource: .status, context: engine) { object in
                content.apply(to: &object, at: now)
            }
            guard content.isEmpty else { return nil }
            _ = try await context.store.modify(key, subresource: .finalize, context: engine) { object in
                let kept = object.items("spec", "finalizers").filter { $0.stringValue != Self.finalizer }
                object["spec", "finalizers"] = kept.isEmpty ? nil : .array(kept)
            }
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return nil
    }

    /// Deletes pods, and when none is left everything else (ordered namespace deletion).
    private func deleteContent(of namespace: String, _ engine: RequestContext) async throws {
        let pods = context.store.all(.pods, namespace: namespace)
        try await delete(pods, engine)
        guard context.store.all(.pods, namespace: namespace).isEmpty else { return }
        for resource in Self.namespacedResources {
            try await delete(context.store.all(resource, namespace: namespace), engine)
        }
    }

    private func delete(_ objects: [StoredObject], _ engine: RequestContext) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for object in objects where !object.isDeleting {
                group.addTask {
                    do {
                        _ = try await context.store.delete(
                            object.key, options: DeleteOptions(propagationPolicy: .background, uid: object.uid),
                            context: engine)
                    } catch let error as ClusterError where error.meansGone {
                        return
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func content(of namespace: String) -> NamespaceContent {
        var content = NamespaceContent(counts: [:], finalizers: [:])
        for resource in [.pods] + Self.namespacedResources {
            let objects = context.store.all(resource, namespace: namespace)
            content.counts[resource] = objects.count
            for finalizer in objects.flatMap(\.finalizers) { content.finalizers[finalizer, default: 0] += 1 }
        }
        return content
    }

    /// Every namespaced resource but pods. Events about the deletion itself go last of all.
    private static var namespacedResources: [GroupResource] {
        let resources = Schema.kubernetes.resources.filter { $0.isNamespaced && !$0.isView }.map(\.storage)
        return Set(resources).subtracting([.pods, .events]).sorted() + [.events]
    }
}
