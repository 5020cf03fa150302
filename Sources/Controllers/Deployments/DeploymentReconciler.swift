import Cluster
import Document
import Effects
import EventBus
import Logging

/// Rolls a Deployment's pods from one template to the next through ReplicaSets.
struct DeploymentReconciler: Reconciler {
    /// Names tried for a new ReplicaSet before the turn fails.
    static let collisionTriesMax = 8

    let context: ControllerContext
    let name = "deployment-controller"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        switch change.resource {
        case .deployments: return change.current == nil ? [] : [change.key]
        case .replicaSets:
            let owners = [change.previous, change.current].compactMap { $0?.controller }
            let names = Set(owners.filter { $0.kind == "Deployment" }.map(\.name))
            return names.map { ObjectKey(.deployments, namespace: change.namespace, name: $0) }
        case .pods where change.current == nil: return recreatedBy(change)
        default: return []
        }
    }

    /// The Deployment that waits for an old pod to be gone (Recreate).
    private func recreatedBy(_ change: ObservedChange) -> [ObjectKey] {
        guard let owner = change.previous?.controller, owner.kind == "ReplicaSet",
            let set = context.store.get(ObjectKey(.replicaSets, namespace: change.namespace, name: owner.name)),
            let deployment = set.controller, deployment.kind == "Deployment"
        else { return [] }
        let key = ObjectKey(.deployments, namespace: change.namespace, name: deployment.name)
        let strategy = context.store.get(key)?.value.text("spec", "strategy", "type")
        return strategy == "Recreate" ? [key] : []
    }

    func allKeys() -> [ObjectKey] { context.store.all(.deployments).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let deployment = context.store.get(key) else { return nil }
        let turn = DeploymentTurn(context: context, name: name, deployment: deployment, cause: cause)
        return try await turn.run()
    }
}

/// One turn of one Deployment: reads, plans, carries the steps out, reports.
struct DeploymentTurn: Sendable {
    let context: ControllerContext
    let name: String
    let deployment: StoredObject
    let cause: Cause?

    private var engine: RequestContext { .engine(name, cause: cause) }
    private var namespace: String { deployment.key.namespace }
    private var template: JSONValue { deployment.value["spec", "template"] ?? .null }

    func run() async throws -> Duration? {
        let spec = DeploymentSpec(deployment)
        try await adoptOrphans()
        var note: (reason: String, message: String)?
        var collisions = Int(deployment.value["status", "collisionCount"]?.intValue ?? 0)
        if !deployment.isDeleting {
            let sets = facts()
            if let found = try await refreshCurrent(among: sets, spec: spec) { note = found }
            let plan = RolloutPlan(spec, sets: facts(), oldPodsExist: oldPodsExist(among: sets))
            for step in plan.steps {
                if let made = try await perform(step, spec: spec, collisions: &collisions) { note = made }
            }
        }
        return try await report(spec, note: note, collisions: collisions)
    }

    // MARK: - Reading

    private func ownedSets() -> [StoredObject] {
        context.store.all(.replicaSets, namespace: namespace).filter { $0.controller?.uid == deployment.uid }
    }

    private func facts() -> [ReplicaSetFacts] { ownedSets().map { ReplicaSetFacts($0, template: template) } }

    private func oldPodsExist(among sets: [ReplicaSetFacts]) -> Bool {
        sets.contains { set in
            !set.isCurrent
                && context.store.dependents(of: set.uid).contains { pod in
                    pod.key.resource == .pods && !PodFacts(pod).isTerminal
                }
        }
    }

    private func adoptOrphans() async throws {
        guard !deployment.isDeleting else { return }
        let selector = try LabelSelector(json: deployment.value["spec", "selector"] ?? .null)
        let owner = OwnerReference(controller: deployment)
        for set in context.store.all(.replicaSets, namespace: namespace) {
            guard set.controller == nil, !set.isDeleting, selector.matches(set.labels) else { continue }
            _ = try await context.store.modify(set.key, context: engine) { object in
                let isOrphan = !object.items("metadata", "ownerReferences").contains {
                    $0["controller"]?.boolValue == true
                }
                if isOrphan { object.addOwner(owner) }
            }
        }
    }

    // MARK: - Steps

    /// Keeps the books of the set that carries the present template: its revision and what it was sized for.
    private func refreshCurrent(
        among sets: [ReplicaSetFacts], spec: DeploymentSpec
    ) async throws -> (reason: String, message: String)? {
        let ordered = sets.sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        guard let current = ordered.first(where: \.isCurrent) else { return nil }
        let revision = nextRevision(sets, besides: current)
        let key = ObjectKey(.replicaSets, namespace: namespace, name: current.name)
        let annotations = inheritedAnnotations
        let minReady = spec.minReadySeconds
        _ = try await context.store.modify(key, context: engine) { set in
            Self.setRevision(max(revision, current.revision), in: &set)
            for (key, value) in annotations { set["metadata", "annotations", key] = .string(value) }
            if set["spec", "minReadySeconds"]?.intValue ?? 0 != minReady {
                set["spec", "minReadySeconds"] = .integer(minReady)
            }
        }
        try await setOwnRevision(max(revision, current.revision))
        let isKnown = deployment.value.condition("Progressing") != nil
        return isKnown ? nil : ("FoundNewReplicaSet", "Found new replica set \"\(current.name)\"")
    }

    /// One more than any other set has.
    private func nextRevision(_ sets: [ReplicaSetFacts], besides current: ReplicaSetFacts?) -> Int {
        (sets.filter { $0.uid != current?.uid }.map(\.revision).max() ?? 0) + 1
    }

    /// The Deployment's annotations that its sets carry too.
    private var inheritedAnnotations: [String: String] {
        let own = deployment.value["metadata", "annotations"]?.stringMap ?? [:]
        return own.filter { key, _ in
            !key.hasPrefix("deployment.kubernetes.io/") && key != "kubectl.kubernetes.io/last-applied-configuration"
        }
    }

    private static func setRevision(_ revision: Int, in object: inout JSONValue) {
        let old = object["metadata", "annotations"]?.stringMap ?? [:]
        let text = String(revision)
        guard old[DeploymentAnnotation.revision] != text else { return }
        if let last = old[DeploymentAnnotation.revision] {
            let history = old[DeploymentAnnotation.history].map { "\($0),\(last)" } ?? last
            object["metadata", "annotations", DeploymentAnnotation.history] = .string(history)
        }
        object["metadata", "annotations", DeploymentAnnotation.revision] = .string(text)
    }

    private func setOwnRevision(_ revision: Int) async throws {
        _ = try await context.store.modify(deployment.key, context: engine) { object in
            object["metadata", "annotations", DeploymentAnnotation.revision] = .string(String(revision))
        }
    }

    private func perform(
        _ step: RolloutPlan.Step, spec: DeploymentSpec, collisions: inout Int
    ) async throws -> (reason: String, message: String)? {
        switch step {
        case .create(let replicas):
            let made = try await create(replicas: replicas, spec: spec, collisions: &collisions)
            return ("NewReplicaSetCreated", "Created new replica set \"\(made)\"")
        case .resize(let name, let replicas):
            try await resize(name, to: replicas, spec: spec)
            return nil
        case .remove(let name):
            let key = ObjectKey(.replicaSets, namespace: namespace, name: name)
            _ = try await context.store.delete(key, options: DeleteOptions(), context: engine)
            return nil
        }
    }

    private func create(replicas: Int, spec: DeploymentSpec, collisions: inout Int) async throws -> String {
        for _ in 0..<DeploymentReconciler.collisionTriesMax {
            let hash = TemplateHash.hash(of: template, collisions: collisions)
            let body = newSet(hash: hash, replicas: replicas, spec: spec)
            do {
                let result = try await context.store.create(
                    .replicaSets, namespace: namespace, body: ObjectBody(body), context: engine)
                try await setOwnRevision(nextRevision(facts().filter { !$0.isCurrent }, besides: nil))
                tellScaled(result.object.key.name, from: 0, to: replicas, cause: result.event.map(Cause.event))
                return result.object.key.name
            } catch let error as ClusterError where error.code == .alreadyExists {
                // Another template has this hash, or another Deployment this name.
                collisions += 1
            }
        }
        throw ControllersError("no free name for a replica set of deployment \(deployment.key)")
    }

    private func newSet(hash: String, replicas: Int, spec: DeploymentSpec) -> JSONValue {
        var labels = template["metadata", "labels"]?.stringMap ?? [:]
        labels[TemplateHash.label] = hash
        var annotations = inheritedAnnotations
        annotations[DeploymentAnnotation.revision] = String(nextRevision(facts(), besides: nil))
        annotations[DeploymentAnnotation.desired] = String(spec.replicas)
        annotations[DeploymentAnnotation.maximum] = String(spec.ceiling)
        var selector = deployment.value["spec", "selector"] ?? .object(JSONObject())
        selector["matchLabels", TemplateHash.label] = .string(hash)
        var template = template
        template["metadata", "labels", TemplateHash.label] = .string(hash)
        return [
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string("\(deployment.key.name)-\(hash)"), "labels": .map(labels),
                "annotations": .map(annotations),
                "ownerReferences": [OwnerReference(controller: deployment).json],
            ],
            "spec": [
                "replicas": .integer(Int64(replicas)), "minReadySeconds": .integer(spec.minReadySeconds),
                "selector": selector, "template": template,
            ],
        ]
    }

    private func resize(_ name: String, to replicas: Int, spec: DeploymentSpec) async throws {
        let key = ObjectKey(.replicaSets, namespace: namespace, name: name)
        let old = context.store.get(key)?.value["spec", "replicas"]?.intValue ?? 0
        let result = try await context.store.modify(key, context: engine) { set in
            set["spec", "replicas"] = .integer(Int64(replicas))
            set["metadata", "annotations", DeploymentAnnotation.desired] = .string(String(spec.replicas))
            set["metadata", "annotations", DeploymentAnnotation.maximum] = .string(String(spec.ceiling))
        }
        tellScaled(name, from: Int(old), to: replicas, cause: result.event.map(Cause.event))
    }

    private func tellScaled(_ set: String, from old: Int, to new: Int, cause: Cause?) {
        guard old != new else { return }
        let direction = new > old ? "up" : "down"
        context.recorder.record(
            .normal, reason: "ScalingReplicaSet",
            message: "Scaled \(direction) replica set \(set) from \(old) to \(new)",
            about: EventReference(deployment), cause: cause)
    }

    // MARK: - Status

    private func report(
        _ spec: DeploymentSpec, note: (reason: String, message: String)?, collisions: Int
    ) async throws -> Duration? {
        let sets = facts().sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        let now = context.effects.now
        let status = RolloutStatus(
            spec, sets: sets, current: sets.first(where: \.isCurrent), last: deployment.value["status"] ?? .null,
            note: note, now: now)
        let generation = deployment.value["metadata", "generation"]
        let uid = deployment.uid
        do {
            _ = try await context.store.modify(deployment.key, subresource: .status, context: engine) { object in
                guard object.text("metadata", "uid") == uid else { return }
                status.apply(to: &object, generation: generation, collisions: collisions)
            }
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return status.deadline(spec).map { max(.seconds(1), $0 - now) }
    }
}
