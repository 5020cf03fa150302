import Document
import Effects

/// What a deletion does to one object: marks it, shortens its grace, or removes it.
struct Deletion: Sendable {
    let kind: ResourceKind
    let schema: Schema
    let options: DeleteOptions
    let context: RequestContext

    /// The finalizer behind `propagationPolicy: Foreground`.
    static let foregroundFinalizer = "foregroundDeletion"
    /// The finalizer behind `propagationPolicy: Orphan`.
    static let orphanFinalizer = "orphan"

    /// The namespaces that a cluster cannot be without.
    private static let permanentNamespaces: Set<String> = ["default", "kube-system", "kube-public"]

    /// Deletes the object at `key`.
    func delete(_ key: ObjectKey, in transaction: inout Transaction) throws(ClusterError) -> DeleteResult {
        guard let old = transaction[key] else { throw .notFound(key) }
        if key.resource == .namespaces, Self.permanentNamespaces.contains(key.name) {
            throw .forbidden(key, "this namespace may not be deleted")
        }
        try checkPreconditions(old)
        var value = old.value
        if !old.isDeleting { addPropagationFinalizer(&value) }
        let grace = grace(of: value)
        mark(&value, grace: grace, now: transaction.now)
        if KindRules(kind: kind, schema: schema).isFinished(value) {
            let last = old.stamped(with: transaction.nextRevision)
            transaction.remove(last)
            return .removed(last)
        }
        if value == old.value { return .marked(old) }
        let admission = Admission(kind: kind, schema: schema, context: context)
        return .marked(admission.store(value, key: key, uid: old.uid, in: &transaction))
    }

    private func checkPreconditions(_ old: StoredObject) throws(ClusterError) {
        if let uid = options.uid, uid != old.uid {
            throw .conflict(
                old.key, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        if let version = options.resourceVersion, version != String(old.resourceVersion) {
            throw .conflict(
                old.key,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: "
                    + "\(old.resourceVersion)")
        }
    }

    private func addPropagationFinalizer(_ value: inout JSONValue) {
        let finalizer: String
        switch options.propagationPolicy {
        case .foreground: finalizer = Self.foregroundFinalizer
        case .orphan: finalizer = Self.orphanFinalizer
        case .background, nil: return
        }
        var finalizers = value["metadata"]?["finalizers"]?.arrayValue ?? []
        if !finalizers.contains(.string(finalizer)) { finalizers.append(.string(finalizer)) }
        value["metadata", "finalizers"] = .array(finalizers)
    }

    /// Seconds until the object goes. Only pods wait, and only those that run somewhere.
    private func grace(of value: JSONValue) -> Int64 {
        guard kind.deletesGracefully else { return 0 }
        let assigned = !(value["spec"]?["nodeName"]?.stringValue ?? "").isEmpty
        let phase = value["status"]?["phase"]?.stringValue
        guard assigned, phase != "Succeeded", phase != "Failed" else { return 0 }
        let wanted = options.gracePeriodSeconds ?? value["spec"]?["terminationGracePeriodSeconds"]?.intValue ?? 30
        return max(wanted, 0)
    }

    /// Marks the object, or shortens the grace of a marked one; it can never be lengthened.
    private func mark(_ value: inout JSONValue, grace: Int64, now: Timestamp) {
        let metadata = value["metadata"]
        if metadata?["deletionTimestamp"] != nil {
            let current = metadata?["deletionGracePeriodSeconds"]?.intValue ?? 0
            // Without an explicit wish a second deletion changes nothing.
            guard kind.deletesGracefully, options.gracePeriodSeconds != nil || grace == 0, grace < current else {
                return
            }
        } else if let generation = metadata?["generation"]?.intValue {
            value["metadata", "generation"] = .integer(generation + 1)
        }
        if kind.storage == .namespaces { value["status", "phase"] = "Terminating" }
        value["metadata", "deletionTimestamp"] = .string((now + .seconds(grace)).rfc3339)
        value["metadata", "deletionGracePeriodSeconds"] = .integer(grace)
    }
}
