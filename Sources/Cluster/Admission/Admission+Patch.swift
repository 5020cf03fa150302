import Document

extension Admission {
    /// Changes an object by a patch; an apply creates it when it is absent.
    func patch(
        _ key: ObjectKey,
        patch: Patch,
        subresource: Subresource?,
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        if let subresource, !kind.subresources.contains(subresource) { throw .noSuchResource() }
        if case .apply(let body) = patch, subresource != .scale {
            return try apply(key, body: body, subresource: subresource, in: &transaction)
        }
        guard let old = transaction[key] else { throw .notFound(key) }
        let before = subresource == .scale ? Scale.json(of: old) : old.value
        let patched = try patched(before, of: old, by: patch)
        return try update(key, body: ObjectBody(patched), subresource: subresource, in: &transaction)
    }

    private func patched(
        _ before: JSONValue,
        of old: StoredObject,
        by patch: Patch
    ) throws(ClusterError) -> JSONValue {
        switch patch {
        case .json(let document):
            do {
                return try JSONPatch(document).applying(to: before)
            } catch {
                switch error.code {
                case .testFailed, .pointer:
                    throw ClusterError(
                        Status(
                            .invalid,
                            "the server rejected our request due to an error in our request: \(error.message)",
                            details: Status.Details(
                                name: old.name, group: old.key.resource.group, kind: old.key.resource.resource)),
                        cause: error)
                case .tooLarge: throw ClusterError(Status(.requestEntityTooLarge, error.message), cause: error)
                default: throw .badRequest(error.message, cause: error)
                }
            }
        case .merge(let document):
            guard case .object = document else { throw .badRequest("a merge patch must be an object") }
            return MergePatch.applying(document, to: before)
        case .strategic(let document):
            guard case .object = document else { throw .badRequest("a strategic merge patch must be an object") }
            return try StrategicMerge(schema: schema).apply(document, to: before, message: kind.message)
        case .apply(let body):
            // Only a scale comes here: an apply of it says the replicas and nothing else.
            return MergePatch.applying(body.value, to: before)
        }
    }

    private func apply(
        _ key: ObjectKey,
        body: ObjectBody,
        subresource: Subresource?,
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        guard !context.fieldManager.isEmpty else { throw .badRequest("fieldManager is required for apply patch") }
        guard body.value["apiVersion"]?.stringValue != nil, body.value["kind"]?.stringValue != nil else {
            throw .badRequest("an apply patch must name apiVersion and kind")
        }
        var (wanted, warnings) = try structured(body)
        if let managers = wanted["metadata"]?["managedFields"]?.arrayValue, !managers.isEmpty {
            throw .badRequest("metadata.managedFields must be nil")
        }
        if let name = wanted["metadata"]?["name"]?.stringValue, name != key.name {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(key.name))")
        }
        wanted["metadata", "name"] = .string(key.name)
        let apply = ServerSideApply(
            managed: ManagedFields(schema: schema, kind: kind, context: context, now: transaction.now),
            subresource: subresource)
        guard let old = transaction[key] else {
            guard subresource == nil else { throw .notFound(key) }
            return try applyNew(wanted, body: body, key: key, apply: apply, warnings: warnings, in: &transaction)
        }
        let uid = wanted["metadata"]?["uid"]?.stringValue
        let version = wanted["metadata"]?["resourceVersion"]?.stringValue
        var merged = try apply.apply(wanted, to: old.value, key: key)
        // Preconditions of the applied object count like those of an update.
        if let uid { merged["metadata", "uid"] = .string(uid) }
        if let version { merged["metadata", "resourceVersion"] = .string(version) }
        return try replace(
            old, with: merged, subresource: subresource, warnings: warnings, recordsManagers: false, in: &transaction)
    }

    private func applyNew(
        _ wanted: JSONValue,
        body: ObjectBody,
        key: ObjectKey,
        apply: ServerSideApply,
        warnings: [String],
        in transaction: inout Transaction
    ) throws(ClusterError) -> Result {
        if let uid = wanted["metadata"]?["uid"]?.stringValue, !uid.isEmpty {
            throw .conflict(
                key, "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
        }
        let prepared = try prepareCreate(ObjectBody(wanted), namespace: key.namespace)
        let result = try create(prepared, managers: apply.created(wanted), in: &transaction)
        return Result(object: result.object, created: true, warnings: warnings)
    }
}
