import Document

/// The rules that a single kind adds to the general course of a write.
struct KindRules {
    let kind: ResourceKind
    let schema: Schema

    /// Whether `metadata.generation` counts changes of the desired state.
    var tracksGeneration: Bool {
        switch kind.storage {
        case .pods, .deployments, .replicaSets, .endpointSlices: true
        default: false
        }
    }

    private var hasStatusSubresource: Bool { kind.subresources.contains(.status) }

    // MARK: - Create

    /// Drops a status sent along with a new object; a node registers with its status.
    func resetStatus(_ value: inout JSONValue) {
        guard hasStatusSubresource, kind.storage != .nodes else { return }
        value["status"] = nil
        if kind.storage == .pods {
            // Set at once so that `kubectl get` has something to show before the first status.
            value["status"] = ["phase": "Pending"]
        }
    }

    /// The state-dependent additions to a new object, before validation.
    func admit(_ value: inout JSONValue, key: ObjectKey, in transaction: Transaction) throws(ClusterError) {
        switch kind.storage {
        case .namespaces:
            value["metadata", "labels", "kubernetes.io/metadata.name"] = .string(key.name)
            value["spec", "finalizers"] = ["kubernetes"]
        case .pods:
            try PodAdmission(key: key).admit(&value, in: transaction)
        default: break
        }
    }

    /// What a new object brings with it: a namespace its `default` service account, an event the end of old events.
    func afterCreate(
        _ object: StoredObject,
        in transaction: inout Transaction,
        context: RequestContext
    ) throws(ClusterError) {
        switch kind.storage {
        case .namespaces:
            guard let accounts = schema.resource(.serviceAccounts) else { return }
            let admission = Admission(kind: accounts, schema: schema, context: context)
            let prepared = try admission.prepareCreate(
                ObjectBody(["metadata": ["name": "default"]]),
                namespace: object.name
            )
            _ = try admission.create(prepared, in: &transaction)
        case .events: EventRetention.prune(object.namespace, in: &transaction)
        default: break
        }
    }

    // MARK: - Update

    /// Puts back everything that this kind of write may not touch.
    func keepWhatMayNotChange(
        _ value: inout JSONValue,
        old: StoredObject,
        subresource: Subresource?,
        keepsManagers: Bool
    ) throws(ClusterError) {
        let before = old.value
        switch subresource {
        case nil, .scale:
            if hasStatusSubresource { value["status"] = before["status"] }
            if kind.storage == .namespaces { value["spec"] = before["spec"] }
        case .status:
            let status = value["status"]
            let annotations = value["metadata"]?["annotations"]
            let managers = value["metadata"]?["managedFields"]
            value = before
            value["status"] = status
            // Node agents keep their notes beside the status.
            if kind.storage == .nodes || kind.storage == .pods { value["metadata", "annotations"] = annotations }
            if !keepsManagers { value["metadata", "managedFields"] = managers }
        case .finalize:
            let finalizers = value["spec"]?["finalizers"]
            value = before
            value["spec", "finalizers"] = finalizers
        default:
            throw .methodNotAllowed("update", on: "\(kind.plural)/\(subresource?.rawValue ?? "")")
        }
        for field in [
            "name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp",
            "deletionGracePeriodSeconds", "selfLink", "resourceVersion",
        ] {
            value["metadata", field] = before["metadata"]?[field]
        }
        // An update without the list keeps it; an empty list resets it.
        if keepsManagers, subresource != nil || value["metadata"]?["managedFields"] == nil {
            value["metadata", "managedFields"] = before["metadata"]?["managedFields"]
        }
        if kind.storage == .namespaces {
            value["metadata", "labels", "kubernetes.io/metadata.name"] = .string(old.name)
        }
        if kind.storage == .services { keepAllocations(&value, old: before) }
    }

    /// A client that sends a service back without its addresses means to keep them.
    private func keepAllocations(_ value: inout JSONValue, old: JSONValue) {
        let type = value["spec"]?["type"]?.stringValue ?? "ClusterIP"
        guard type != "ExternalName", old["spec"]?["type"]?.stringValue != "ExternalName" else { return }
        for field in ["clusterIP", "clusterIPs"] where FieldRules.isEmpty(value["spec"]?[field] ?? .null) {
            value["spec", field] = old["spec"]?[field]
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] where value["spec"]?[field] == nil {
            value["spec", field] = old["spec"]?[field]
        }
    }

    /// The rules that compare the new state with the old one.
    func validateUpdate(_ value: JSONValue, old: StoredObject, subresource: Subresource?) throws(ClusterError) {
        var causes = FieldCauses()
        let before = old.value
        if old.isDeleting {
            let added = Set(value["metadata"]?["finalizers"]?.arrayValue ?? [])
                .subtracting(before["metadata"]?["finalizers"]?.arrayValue ?? [])
            if !added.isEmpty {
                causes.forbidden(
                    "metadata.finalizers",
                    "no new finalizers can be added if the object is being deleted, found new finalizers "
                        + "\(JSONValue.array(Array(added)))")
            }
        }
        ImmutableFields(kind: kind, schema: schema).check(value, old: before, causes: &causes)
        if kind.storage == .pods, subresource == nil { PodUpdateRules.check(value, old: before, causes: &causes) }
        guard causes.isEmpty else {
            throw .invalid(kind.kind, group: kind.storage.group, name: old.name, causes: causes.causes)
        }
    }

    /// Counts a change of the desired state.
    func advanceGeneration(_ value: inout JSONValue, old: JSONValue) {
        let changed =
            kind.storage == .endpointSlices
            ? value["endpoints"] != old["endpoints"] || value["ports"] != old["ports"]
            : value["spec"] != old["spec"]
        guard changed else { return }
        value["metadata", "generation"] = .integer((old["metadata"]?["generation"]?.intValue ?? 0) + 1)
    }

    /// Whether the object was only waiting for this: it is marked and nothing holds it any more.
    func isFinished(_ value: JSONValue) -> Bool {
        let metadata = value["metadata"]
        guard metadata?["deletionTimestamp"] != nil else { return false }
        if !(metadata?["finalizers"]?.arrayValue ?? []).isEmpty { return false }
        if kind.storage == .namespaces { return (value["spec"]?["finalizers"]?.arrayValue ?? []).isEmpty }
        // A pod stays until its node confirms with a grace period of zero.
        return (metadata?["deletionGracePeriodSeconds"]?.intValue ?? 0) == 0
    }
}

/// The fields that may not change after creation.
struct ImmutableFields {
    let kind: ResourceKind
    let schema: Schema

    /// Notes every immutable field that changed.
    func check(_ value: JSONValue, old: JSONValue, causes: inout FieldCauses) {
        checkTable(value, old: old, message: kind.message, path: FieldPath(), causes: &causes)
        switch kind.storage {
        case .secrets:
            if value["type"] != old["type"] { causes.immutable("type", value["type"] ?? .null) }
            checkFrozen(value, old: old, fields: ["data"], causes: &causes)
        case .configMaps: checkFrozen(value, old: old, fields: ["data", "binaryData"], causes: &causes)
        default: break
        }
    }

    /// Fields that the table marks, down to the desired state's own fields.
    private func checkTable(
        _ value: JSONValue,
        old: JSONValue,
        message: Int,
        path: FieldPath,
        causes: inout FieldCauses
    ) {
        for field in schema.messages[message].fields {
            if field.isImmutable, value[field.name] != old[field.name] {
                causes.immutable(path.with(field.name), value[field.name] ?? .null)
            }
            if field.name == "spec", case .message(let inner) = field.type, let spec = value["spec"] {
                var deeper = path
                deeper.push(field: "spec")
                checkTable(spec, old: old["spec"] ?? .null, message: inner, path: deeper, causes: &causes)
            }
        }
    }

    /// Config maps and secrets with `immutable: true`.
    private func checkFrozen(_ value: JSONValue, old: JSONValue, fields: [String], causes: inout FieldCauses) {
        guard old["immutable"]?.boolValue == true else { return }
        if value["immutable"]?.boolValue != true {
            causes.forbidden("immutable", "field is immutable when `immutable` is set")
        }
        for field in fields where value[field] != old[field] {
            causes.forbidden(field, "field is immutable when `immutable` is set")
        }
    }
}
