import Document

/// Server-side apply: merges what a manager wants, tracks what it owns, refuses what belongs to others.
struct ServerSideApply {
    let managed: ManagedFields
    let subresource: Subresource?

    private var walk: FieldWalk { FieldWalk(schema: managed.schema) }
    private var kind: ResourceKind { managed.kind }

    /// The manager that gets the fields of an object nobody tracked before.
    private static let firstManager = "before-first-apply"
    /// The annotation of client-side apply.
    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// The merged object with its new `managedFields`; throws `Conflict` with one cause per field.
    func apply(_ wanted: JSONValue, to live: JSONValue, key: ObjectKey) throws(ClusterError) -> JSONValue {
        var entries = ManagedFields.entries(of: live)
        if entries.isEmpty {
            var first = managed.entry(.update, nil, walk.fields(of: live, message: kind.message))
            first.manager = Self.firstManager
            entries = [first]
        }
        let wantedFields = walk.fields(of: wanted, message: kind.message)
        let own = entries.first { managed.isOwn($0, .apply, subresource) }
        var merged = walk.merging(identityRemoved(wanted), into: live, message: kind.message)

        // What this manager alone owned and does not name any more goes.
        let others = entries.filter { !managed.isOwn($0, .apply, subresource) }
        let othersFields = others.reduce(FieldSet()) { $0.union($1.fields) }
        if let own {
            let dropped = own.fields.subtracting(wantedFields).subtracting(othersFields)
            merged = walk.removing(
                dropped, from: merged, keeping: othersFields.union(wantedFields), message: kind.message)
        }

        let (changed, removed) = walk.difference(from: live, to: merged, message: kind.message)
        try checkConflicts(changed, others: others, live: live, key: key)
        entries = others.compactMap { entry in
            var entry = entry
            entry.fields = entry.fields.subtracting(changed).subtracting(removed)
            return entry.fields.isEmpty ? nil : entry
        }
        var mine = managed.entry(.apply, subresource, wantedFields)
        if let own, own.fields == wantedFields, changed.isEmpty, removed.isEmpty { mine.time = own.time }
        entries.insert(mine, at: 0)
        merged["metadata", "managedFields"] = ManagedFields.json(entries)
        return merged
    }

    /// The `managedFields` of an object that this apply creates.
    func created(_ wanted: JSONValue) -> JSONValue? {
        ManagedFields.json([managed.entry(.apply, subresource, walk.fields(of: wanted, message: kind.message))])
    }

    private func identityRemoved(_ wanted: JSONValue) -> JSONValue {
        var wanted = wanted
        for field in ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"] {
            wanted["metadata", field] = nil
        }
        return wanted
    }

    private func checkConflicts(
        _ changed: FieldSet,
        others: [ManagedFields.Entry],
        live: JSONValue,
        key: ObjectKey
    ) throws(ClusterError) {
        guard !managed.context.force else { return }
        let inherited = inheritedFields(live)
        var causes: [Status.Cause] = []
        var lines: [String] = []
        for other in others {
            let conflicts = other.fields.intersection(changed).subtracting(inherited).paths
            guard !conflicts.isEmpty else { continue }
            let name =
                "\"\(other.manager)\"" + (other.subresource.isEmpty ? "" : " with subresource \"\(other.subresource)\"")
            let source = other.operation == .apply ? name : "\(name) using \(other.apiVersion)"
            for path in conflicts {
                causes.append(
                    Status.Cause(reason: "FieldManagerConflict", message: "conflict with \(source)", field: path))
            }
            lines.append(
                conflicts.count == 1
                    ? "conflict with \(source): \(conflicts[0])"
                    : "conflicts with \(source):\n- " + conflicts.joined(separator: "\n- "))
        }
        guard !causes.isEmpty else { return }
        let noun = causes.count == 1 ? "conflict" : "conflicts"
        throw ClusterError(
            Status(
                .conflict, "Apply failed with \(causes.count) \(noun): \(lines.joined(separator: "\n"))",
                details: Status.Details(
                    name: key.name, group: key.resource.group, kind: key.resource.resource, causes: causes)))
    }

    /// What `kubectl apply` wrote in its client-side form is its own when it changes to the server-side form.
    private func inheritedFields(_ live: JSONValue) -> FieldSet {
        guard managed.context.fieldManager == "kubectl",
            let text = live["metadata"]?["annotations"]?[Self.lastApplied]?.stringValue,
            let former = try? JSONReader.parse(text)
        else { return FieldSet() }
        return walk.fields(of: former, message: kind.message)
    }
}
