import Cluster
import Document
import EventBus

/// Deletes what nobody owns any more, and carries out foreground and orphaning deletion.
struct GarbageCollector: Reconciler {
    let context: ControllerContext
    let name = "garbage-collector"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        guard let current = change.current else {
            // Its dependents lost an owner, and owners may wait for just this dependent.
            let dependents = context.store.dependents(of: change.uid).map(\.key)
            return dependents + ownerKeys(of: change.previous)
        }
        if current.isDeleting { return [change.key] + context.store.dependents(of: current.uid).map(\.key) }
        return current.owners.isEmpty ? [] : [change.key]
    }

    private func ownerKeys(of object: StoredObject?) -> [ObjectKey] {
        guard let object else { return [] }
        return object.owners.compactMap { Self.key(of: $0, namespace: object.key.namespace) }
    }

    /// Where an owner is; nil for a kind this cluster does not have.
    private static func key(of owner: OwnerReference, namespace: String) -> ObjectKey? {
        let parts = owner.apiVersion.split(separator: "/", maxSplits: 1).map(String.init)
        let group = parts.count == 2 ? parts[0] : ""
        guard let version = parts.last,
            let resource = Schema.kubernetes.resource(group: group, version: version, kind: owner.kind)
        else { return nil }
        return ObjectKey(
            resource.storage, namespace: resource.isNamespaced ? namespace : "", name: owner.name)
    }

    func allKeys() -> [ObjectKey] {
        Schema.kubernetes.resources.flatMap { resource in
            context.store.all(resource.storage).filter { !$0.owners.isEmpty || $0.isDeleting }.map(\.key)
        }
    }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let object = context.store.get(key) else { return nil }
        let engine = RequestContext.engine(name, cause: cause)
        let dependents = context.store.dependents(of: object.uid)
        let blocking = dependents.filter { dependent in
            dependent.owners.contains { $0.uid == object.uid && $0.blocksDeletion }
        }
        switch GarbageDecision.owner(
            finalizers: object.finalizers, isDeleting: object.isDeleting, blockingDependents: blocking.count)
        {
        case .keep: break
        case .orphanDependents:
            for dependent in dependents {
                try await ignoringAbsence {
                    _ = try await context.store.modify(dependent.key, context: engine) { $0.removeOwners([object.uid]) }
                }
            }
            try await remove(GarbageDecision.orphanFinalizer, from: object, engine)
        case .releaseForeground: try await remove(GarbageDecision.foregroundFinalizer, from: object, engine)
        }
        try await collect(object, hasBlockingDependents: !blocking.isEmpty, engine)
        return nil
    }

    private func collect(
        _ object: StoredObject, hasBlockingDependents: Bool, _ engine: RequestContext
    ) async throws {
        let owners = object.owners.map { (reference: $0, state: state(of: $0, namespace: object.key.namespace)) }
        let action = GarbageDecision.dependent(
            owners: owners, isDeleting: object.isDeleting, hasBlockingDependents: hasBlockingDependents)
        switch action {
        case .keep: return
        case .dropReferences(let uids):
            try await ignoringAbsence {
                _ = try await context.store.modify(object.key, context: engine) { $0.removeOwners(Set(uids)) }
            }
        case .delete(let inForeground):
            let options = DeleteOptions(
                propagationPolicy: inForeground ? .foreground : .background, uid: object.uid)
            try await ignoringAbsence {
                _ = try await context.store.delete(object.key, options: options, context: engine)
            }
        }
    }

    private func state(of owner: OwnerReference, namespace: String) -> GarbageDecision.OwnerState {
        // A kind unknown here can't be looked up, so nothing is concluded from its absence.
        guard let key = Self.key(of: owner, namespace: namespace) else { return .solid }
        guard let object = context.store.get(key), object.uid == owner.uid else { return .absent }
        let waits = object.isDeleting && object.finalizers.contains(GarbageDecision.foregroundFinalizer)
        return waits ? .waitingForDependents : .solid
    }

    private func remove(_ finalizer: String, from object: StoredObject, _ engine: RequestContext) async throws {
        try await ignoringAbsence {
            _ = try await context.store.modify(object.key, context: engine) { value in
                let kept = value.items("metadata", "finalizers").filter { $0.stringValue != finalizer }
                value["metadata", "finalizers"] = kept.isEmpty ? nil : .array(kept)
            }
        }
    }

    private func ignoringAbsence(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ClusterError where error.meansGone {
            return
        }
    }
}
