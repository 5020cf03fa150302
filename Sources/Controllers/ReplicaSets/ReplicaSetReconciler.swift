import Cluster
import Document
import Effects
import EventBus
import Logging

/// Keeps as many pods of a ReplicaSet as it asks for.
struct ReplicaSetReconciler: Reconciler {
    let context: ControllerContext
    let name = "replicaset-controller"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        switch change.resource {
        case .replicaSets: return change.current == nil ? [] : [change.key]
        case .pods: return podOwners(change)
        default: return []
        }
    }

    /// The sets that own the pod, before or now; for an orphan, every set that selects it.
    private func podOwners(_ change: ObservedChange) -> [ObjectKey] {
        var keys: Set<ObjectKey> = []
        for state in [change.previous, change.current] {
            guard let owner = state?.controller, owner.kind == "ReplicaSet" else { continue }
            keys.insert(ObjectKey(.replicaSets, namespace: change.namespace, name: owner.name))
        }
        if let current = change.current, current.controller == nil {
            for set in context.store.all(.replicaSets, namespace: change.namespace) where Self.selects(set, current) {
                keys.insert(set.key)
            }
        }
        return Array(keys)
    }

    private static func selects(_ set: StoredObject, _ pod: StoredObject) -> Bool {
        (try? LabelSelector(json: set.value["spec", "selector"] ?? .null).matches(pod.labels)) ?? false
    }

    func allKeys() -> [ObjectKey] { context.store.all(.replicaSets).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let set = context.store.get(key) else { return nil }
        let subject = try Self.subject(of: set)
        let pods = context.store.all(.pods, namespace: key.namespace).map(PodFacts.init)
        let now = context.effects.now
        let plan = ReplicaSetPlan(subject, pods: pods, now: now)
        let engine = RequestContext.engine(name, cause: cause)
        try await claim(plan, for: set, engine)
        var failure: ClusterError?
        do {
            try await create(plan.creates, for: set, cause: cause)
            try await delete(plan.deletes, of: set, cause: cause)
        } catch let error as ClusterError {
            failure = error
        }
        // The counts are read again, so that the status tells of what was just done.
        let after = context.store.all(.pods, namespace: key.namespace).map(PodFacts.init)
        let counts = ReplicaSetPlan(subject, pods: after, now: now).counts
        try await report(counts, failure: failure, of: set, engine)
        if let failure { throw failure }
        return plan.nextAvailable.map { max(.milliseconds(1), $0 - now) }
    }

    private static func subject(of set: StoredObject) throws -> ReplicaSetPlan.Subject {
        let spec = set.value["spec"] ?? .null
        return ReplicaSetPlan.Subject(
            uid: set.uid, replicas: Int(spec["replicas"]?.intValue ?? 1),
            selector: try LabelSelector(json: spec["selector"] ?? .null),
            templateLabels: spec["template", "metadata"]?["labels"]?.stringMap ?? [:],
            minReady: .seconds(spec["minReadySeconds"]?.intValue ?? 0), isDeleting: set.isDeleting)
    }

    // MARK: - Pods

    private func claim(_ plan: ReplicaSetPlan, for set: StoredObject, _ engine: RequestContext) async throws {
        let owner = OwnerReference(controller: set)
        for pod in plan.adopts {
            _ = try await context.store.modify(pod.key, context: engine) { object in
                let isOrphan = !object.items("metadata", "ownerReferences").contains {
                    $0["controller"]?.boolValue == true
                }
                guard isOrphan, object.text("metadata", "uid") == pod.uid else { return }
                object.addOwner(owner)
            }
        }
        for pod in plan.releases {
            _ = try await context.store.modify(pod.key, context: engine) { $0.removeOwners([owner.uid]) }
        }
    }

    /// Creates pods in growing batches and stops at the first batch that fails.
    private func create(_ count: Int, for set: StoredObject, cause: Cause?) async throws {
        guard count > 0 else { return }
        let body = PodTemplate.pod(of: set)
        for size in ReplicaSetPlan.batches(of: count) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<size {
                    group.addTask { try await createOne(body, for: set, cause: cause) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func createOne(_ body: JSONValue, for set: StoredObject, cause: Cause?) async throws {
        do {
            let result = try await context.store.create(
                .pods, namespace: set.key.namespace, body: ObjectBody(body), context: .engine(name, cause: cause))
            context.recorder.record(
                .normal, reason: "SuccessfulCreate", message: "Created pod: \(result.object.key.name)",
                about: EventReference(set), cause: result.event.map(Cause.event))
        } catch {
            context.recorder.record(
                .warning, reason: "FailedCreate", message: "Error creating: \(error.message)",
                about: EventReference(set), cause: cause)
            throw error
        }
    }

    private func delete(_ pods: [PodFacts], of set: StoredObject, cause: Cause?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pod in pods {
                group.addTask { try await deleteOne(pod, of: set, cause: cause) }
            }
            try await group.waitForAll()
        }
    }

    private func deleteOne(_ pod: PodFacts, of set: StoredObject, cause: Cause?) async throws {
        do {
            _ = try await context.store.delete(
                pod.key, options: DeleteOptions(uid: pod.uid), context: .engine(name, cause: cause))
        } catch {
            guard error.meansGone else { throw error }
            return
        }
        context.recorder.record(
            .normal, reason: "SuccessfulDelete", message: "Deleted pod: \(pod.key.name)", about: EventReference(set),
            cause: cause)
    }

    // MARK: - Status

    private func report(
        _ counts: ReplicaSetPlan.Counts, failure: ClusterError?, of set: StoredObject, _ engine: RequestContext
    ) async throws {
        let generation = set.value["metadata", "generation"]
        let now = context.effects.now
        do {
            _ = try await context.store.modify(set.key, subresource: .status, context: engine) { object in
                guard object.text("metadata", "uid") == set.uid else { return }
                let members = [
                    ("fullyLabeledReplicas", counts.fullyLabeled), ("readyReplicas", counts.ready),
                    ("availableReplicas", counts.available), ("terminatingReplicas", counts.terminating),
                ]
                object["status", "replicas"] = .integer(Int64(counts.replicas))
                for (name, count) in members { object["status", name] = count == 0 ? nil : .integer(Int64(count)) }
                object["status", "observedGeneration"] = generation
                if let failure {
                    object.setCondition(
                        "ReplicaFailure", isTrue: true, reason: "FailedCreate", message: failure.message, at: now)
                } else {
                    object.removeCondition("ReplicaFailure")
                }
            }
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
    }
}
