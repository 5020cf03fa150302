import Cluster
import Document
import Effects
import EventBus

/// Watches the leases of nodes: one that is not renewed makes its node Unknown and tainted.
struct NodeReconciler: Reconciler {
    static let lease = Duration.seconds(40)
    static let leaseNamespace = "kube-node-lease"

    let context: ControllerContext
    /// Before this moment no lease could be seen, so none can have run out.
    let startedAt: Timestamp
    let name = "node-controller"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        change.resource == .nodes && change.current != nil ? [change.key] : []
    }

    func allKeys() -> [ObjectKey] { context.store.all(.nodes).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let node = context.store.get(key), !node.isDeleting else { return nil }
        let lease = context.store.get(ObjectKey(.leases, namespace: Self.leaseNamespace, name: key.name))
        let renewed = lease?.value["spec", "renewTime"]?.timestampValue ?? .epoch
        let now = context.effects.now
        let health = NodeHealth(
            readyStatus: node.value.condition("Ready")?.text("status"), lastSign: max(renewed, startedAt),
            lease: Self.lease, now: now)
        let engine = RequestContext.engine(name, cause: cause)
        if health.isLost { try await markLost(node, at: now, engine) }
        try await setTaint(health.taint, on: node, at: now, engine)
        return health.nextLook
    }

    private func markLost(_ node: StoredObject, at now: Timestamp, _ engine: RequestContext) async throws {
        let types = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]
        let result = try await context.store.modify(node.key, subresource: .status, context: engine) { object in
            for type in types {
                object.setCondition(
                    type, status: "Unknown", reason: "NodeStatusUnknown",
                    message: "Kubelet stopped posting node status.", at: now)
            }
        }
        guard result.changed else { return }
        context.recorder.record(
            .normal, reason: "NodeNotReady", message: "Node \(node.key.name) status is now: NodeNotReady",
            about: EventReference(node))
    }

    private func setTaint(
        _ key: String?, on node: StoredObject, at now: Timestamp, _ engine: RequestContext
    ) async throws {
        let ours = [NodeHealth.notReadyTaint, NodeHealth.unreachableTaint]
        let present = node.value.items("spec", "taints").filter { ours.contains($0.text("key")) }
        let isRight = key.map { key in present.count == 2 && present.allSatisfy { $0.text("key") == key } }
        if isRight ?? present.isEmpty { return }
        _ = try await context.store.modify(node.key, context: engine) { object in
            var taints = object.items("spec", "taints").filter { !ours.contains($0.text("key")) }
            if let key {
                taints.append(["key": .string(key), "effect": "NoSchedule"])
                taints.append([
                    "key": .string(key), "effect": "NoExecute", "timeAdded": .string(now.rfc3339),
                ])
            }
            object["spec", "taints"] = taints.isEmpty ? nil : .array(taints)
        }
    }
}
