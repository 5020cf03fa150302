import Document
import Effects

/// What happens to one object between a request and the store: structure, defaults, rules, allocation, metadata.
///
/// A value; its methods run inside the writer (`prepareCreate` runs before, on the caller).
struct Admission: Sendable {
    let kind: ResourceKind
    let schema: Schema
    let context: RequestContext

    /// The object as stored, whether it is new, and what the client should be warned of.
    struct Result: Sendable {
        let object: StoredObject
        var created = false
        var warnings: [String] = []
    }

    /// A create whose state-independent part is done.
    struct Prepared: Sendable {
        var value: JSONValue
        let namespace: String
        let warnings: [String]
    }

    // MARK: - Create

    /// Checks structure and identity and fills in defaults; needs no state.
    func prepareCreate(_ body: ObjectBody, namespace: String) throws(ClusterError) -> Prepared {
        var (value, warnings) = try structured(body)
        let metadata = value["metadata"]
        if let given = metadata?["namespace"]?.stringValue, !given.isEmpty, given != namespace {
            throw .badRequest(
                "the namespace of the provided object does not match the namespace sent on the request: "
                    + "\"\(given)\" and \"\(namespace)\"")
        }
        if kind.isNamespaced, namespace.isEmpty {
            throw .badRequest("an empty namespace may not be set during creation")
        }
        if let version = metadata?["resourceVersion"]?.stringValue, !version.isEmpty {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        value.updateObject { $0.update("metadata") { Self.clearServerFields(of: &$0) } }
        if kind.isNamespaced { value["metadata", "namespace"] = .string(namespace) }
        KindRules(kind: kind, schema: schema).resetStatus(&value)
        defaults(&value)
        return Prepared(value: value, namespace: namespace, warnings: warnings)
    }

    /// Stores a prepared object under a new uid; `managers` is what server-side apply says about ownership.
    func create(
        _ prepared: Prepared,
        managers: JSONValue? = nil,
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        var value = prepared.value
        let key = try name(&value, namespace: prepared.namespace, in: transaction)
        try checkNamespace(key, in: transaction)
        if transaction[key] != nil { throw .alreadyExists(key) }
        let rules = KindRules(kind: kind, schema: schema)
        try rules.admit(&value, key: key, in: transaction)
        try validate(value, old: nil, name: key.name)
        try Allocation(transaction: transaction).assign(&value, old: nil, key: key)
        let uid = transaction.effects.uuid()
        value["metadata", "uid"] = .string(uid)
        value["metadata", "creationTimestamp"] = .string(transaction.now.rfc3339)
        if rules.tracksGeneration { value["metadata", "generation"] = 1 }
        if let managers {
            value["metadata", "managedFields"] = managers
        } else {
            ManagedFields(schema: schema, kind: kind, context: context, now: transaction.now)
                .recordUpdate(&value, old: nil, subresource: nil)
        }
        let object = store(value, key: key, uid: uid, in: &transaction)
        try rules.afterCreate(object, in: &transaction, context: context)
        return Result(object: object, created: true, warnings: prepared.warnings)
    }

    // MARK: - Update

    /// Replaces an object, or the part that `subresource` governs.
    func update(
        _ key: ObjectKey,
        body: ObjectBody,
        subresource: Subresource?,
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        guard let old = transaction[key] else { throw .notFound(key) }
        if let subresource, !kind.subresources.contains(subresource) { throw .noSuchResource() }
        if subresource == .scale {
            let scaled = try Scale.applying(body.value, to: old)
            return try replace(old, with: scaled, subresource: .scale, warnings: [], in: &transaction)
        }
        let (value, warnings) = try structured(body)
        if let name = value["metadata"]?["name"]?.stringValue, !name.isEmpty, name != key.name {
            throw .badRequest(
                "the name of the object (\(name)) does not match the name on the URL (\(key.name))"
            )
        }
        if kind.storage == .leases, (value["metadata"]?["resourceVersion"]?.stringValue ?? "").isEmpty {
            // An unconditional update of a lease would make two holders.
            var causes = FieldCauses()
            causes.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            throw .invalid(kind.kind, group: kind.storage.group, name: key.name, causes: causes.causes)
        }
        return try replace(old, with: value, subresource: subresource, warnings: warnings, in: &transaction)
    }

    /// Stores the new state of an existing object; the structure of `value` is checked already.
    ///
    /// `recordsManagers` is false when the caller (server-side apply) has already written `managedFields`.
    func replace(
        _ old: StoredObject,
        with value: JSONValue,
        subresource: Subresource?,
        warnings: [String],
        recordsManagers: Bool = true,
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        let key = old.key
        var value = value
        try checkPreconditions(value, old: old)
        let rules = KindRules(kind: kind, schema: schema)
        try rules.keepWhatMayNotChange(&value, old: old, subresource: subresource, keepsManagers: recordsManagers)
        defaults(&value)
        // The allocations of the old state count: a type change gives addresses back and takes new ones.
        try Allocation(transaction: transaction).assign(&value, old: old.value, key: key)
        try validate(value, old: old.value, name: key.name)
        try rules.validateUpdate(value, old: old, subresource: subresource)
        if rules.tracksGeneration { rules.advanceGeneration(&value, old: old.value) }
        if recordsManagers {
            ManagedFields(schema: schema, kind: kind, context: context, now: transaction.now)
                .recordUpdate(&value, old: old.value, subresource: subresource)
        }
        if value == old.value { return Result(object: old, warnings: warnings) }
        if rules.isFinished(value) {
            value["metadata", "resourceVersion"] = .string(String(transaction.nextRevision))
            let last = StoredObject(
                key: key, uid: old.uid, resourceVersion: transaction.nextRevision, value: value)
            transaction.remove(last)
            return Result(object: last, warnings: warnings)
        }
        return Result(object: store(value, key: key, uid: old.uid, in: &transaction), warnings: warnings)
    }

    /// Assigns a pod to a node.
    func bind(_ key: ObjectKey, node: String, in transaction: inout Transaction) throws(ClusterError) -> Result {
        guard let old = transaction[key] else { throw .notFound(key) }
        if let current = old.value["spec"]?["nodeName"]?.stringValue, !current.isEmpty {
            throw .conflict(key, "pod \(key.name) is already assigned to node \"\(current)\"")
        }
        if old.isDeleting { throw .conflict(key, "pod \(key.name) is being deleted, cannot be assigned to a host") }
        var value = old.value
        value["spec", "nodeName"] = .string(node)
        let condition: JSONValue = [
            "type": "PodScheduled", "status": "True",
            "lastTransitionTime": .string(transaction.now.rfc3339),
        ]
        value.updateObject { object in
            object.update("status") { status in
                var conditions = status["conditions"]?.arrayValue ?? []
                conditions.removeAll { $0["type"]?.stringValue == "PodScheduled" }
                conditions.append(condition)
                status["conditions"] = .array(conditions)
            }
        }
        ManagedFields(schema: schema, kind: kind, context: context, now: transaction.now)
            .recordUpdate(&value, old: old.value, subresource: .binding)
        return Result(object: store(value, key: key, uid: old.uid, in: &transaction))
    }

    // MARK: - Steps

    /// Stages the object under the next revision.
    func store(_ value: JSONValue, key: ObjectKey, uid: String, in transaction: inout Transaction) -> StoredObject {
        var value = value
        let revision = transaction.nextRevision
        value["metadata", "resourceVersion"] = .string(String(revision))
        let object = StoredObject(key: key, uid: uid, resourceVersion: revision, value: value)
        transaction.put(object)
        return object
    }

    /// Checks the body against the schema and brings it into the stored form; returns warnings for what was dropped.
    func structured(_ body: ObjectBody) throws(ClusterError) -> (value: JSONValue, warnings: [String]) {
        var value = body.value
        guard case .object = value else {
            throw .badRequest("the body must be an object, found \(value.typeName)")
        }
        try checkIdentity(&value)
        var check = StructureCheck(schema: schema)
        check.checkObject(value, message: kind.message)
        if let first = check.mismatches.first {
            throw .badRequest(
                "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): \(first)")
        }
        var findings = check.unknownFields.map { "unknown field \"\($0)\"" }
        findings += body.duplicateFields.map { "duplicate field \"\($0)\"" }
        if context.fieldValidation == .strict, !findings.isEmpty {
            throw .badRequest(
                "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): "
                    + "strict decoding error: \(findings.joined(separator: ", "))")
        }
        if check.needsRepair { StructureRepair(schema: schema).repairObject(&value, message: kind.message) }
        return (value, context.fieldValidation == .warn ? findings : [])
    }

    /// Fills in what the body may leave out and refuses another kind's objects.
    private func checkIdentity(_ value: inout JSONValue) throws(ClusterError) {
        let storedVersion = schema.resource(kind.storage)?.apiVersion ?? kind.apiVersion
        if let given = value["apiVersion"]?.stringValue, !given.isEmpty, given != storedVersion {
            throw .badRequest(
                "the API version in the data (\(given)) does not match the expected API version (\(storedVersion))")
        }
        if let given = value["kind"]?.stringValue, !given.isEmpty, given != kind.kind {
            throw .badRequest("the kind in the data (\(given)) does not match the expected kind (\(kind.kind))")
        }
        if value["apiVersion"]?.stringValue != storedVersion || value["kind"]?.stringValue != kind.kind {
            var complete: JSONValue = ["kind": .string(kind.kind), "apiVersion": .string(storedVersion)]
            for (name, item) in value.objectValue ?? [:] where name != "kind" && name != "apiVersion" {
                complete[name] = item
            }
            value = complete
        }
    }

    private func defaults(_ value: inout JSONValue) {
        Defaults(schema: schema).apply(to: &value, message: kind.message)
        KindDefaults(kind: kind, schema: schema).apply(to: &value)
    }

    private func validate(_ value: JSONValue, old: JSONValue?, name: String) throws(ClusterError) {
        var rules = FieldRules(schema: schema)
        rules.check(value, message: kind.message)
        var causes = rules.causes.causes
        var validation = KindValidation(kind: kind)
        validation.check(value, old: old)
        // A field that the table already refuses needs no second cause.
        causes += validation.causes.causes.filter { cause in !causes.contains { $0.field == cause.field } }
        guard causes.isEmpty else {
            throw .invalid(kind.kind, group: kind.storage.group, name: name, causes: causes)
        }
    }

    /// Takes the name from the object, or makes one from its prefix that is not taken.
    private func name(
        _ value: inout JSONValue,
        namespace: String,
        in transaction: Transaction
    ) throws(ClusterError) -> ObjectKey {
        if let name = value["metadata"]?["name"]?.stringValue, !name.isEmpty {
            return ObjectKey(kind.storage, namespace: kind.isNamespaced ? namespace : "", name: name)
        }
        guard let prefix = value["metadata"]?["generateName"]?.stringValue, !prefix.isEmpty else {
            var causes = FieldCauses()
            causes.required("metadata.name", "name or generateName is required")
            throw .invalid(kind.kind, group: kind.storage.group, name: "", causes: causes.causes)
        }
        // As Kubernetes: at most 8 tries, letters that spell no words.
        let letters = Array("bcdfghjklmnpqrstvwxz2456789")
        for _ in 0..<8 {
            let suffix = (0..<5).map { _ in
                letters[Int(transaction.effects.random.number(in: 0..<UInt64(letters.count)))]
            }
            let name = String(prefix.prefix(58)) + String(suffix)
            let key = ObjectKey(kind.storage, namespace: kind.isNamespaced ? namespace : "", name: name)
            if transaction[key] == nil {
                value["metadata", "name"] = .string(name)
                return key
            }
        }
        throw .alreadyExists(ObjectKey(kind.storage, namespace: namespace, name: prefix))
    }

    /// Refuses objects in namespaces that are absent or going away.
    private func checkNamespace(_ key: ObjectKey, in transaction: Transaction) throws(ClusterError) {
        guard kind.isNamespaced else { return }
        let namespaceKey = ObjectKey(.namespaces, name: key.namespace)
        guard let namespace = transaction[namespaceKey] else { throw .notFound(namespaceKey) }
        if namespace.isDeleting {
            throw .forbidden(
                key, "unable to create new content in namespace \(key.namespace) because it is being terminated",
                causes: [
                    Status.Cause(
                        reason: "NamespaceTerminating", message: "namespace \(key.namespace) is being terminated",
                        field: "metadata.namespace")
                ])
        }
    }

    private func checkPreconditions(_ value: JSONValue, old: StoredObject) throws(ClusterError) {
        if let version = value["metadata"]?["resourceVersion"]?.stringValue, !version.isEmpty, version != "0",
            version != String(old.resourceVersion)
        {
            throw .stale(old.key)
        }
        if let uid = value["metadata"]?["uid"]?.stringValue, !uid.isEmpty, uid != old.uid {
            throw .conflict(
                old.key, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
    }

    /// Drops what only the server sets.
    private static func clearServerFields(of metadata: inout JSONValue) {
        for field in [
            "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
            "deletionGracePeriodSeconds", "selfLink", "managedFields",
        ] {
            metadata[field] = nil
        }
    }
}
