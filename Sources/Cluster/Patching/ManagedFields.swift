import Document
import Effects

/// Keeps `metadata.managedFields`: which manager wrote which field.
struct ManagedFields {
    let schema: Schema
    let kind: ResourceKind
    let context: RequestContext
    let now: Timestamp

    /// More managers of plain updates than this are merged into one.
    private static let updateManagersLimit = 10
    private static let mergedManager = "ancient-changes"

    /// Gives the fields that a plain write changed to its manager, and takes them from the others.
    func recordUpdate(_ value: inout JSONValue, old: JSONValue?, subresource: Subresource?) {
        let walk = FieldWalk(schema: schema)
        let changed: FieldSet
        let removed: FieldSet
        if let old {
            if old == value { return }
            (changed, removed) = walk.difference(from: old, to: value, message: kind.message)
        } else {
            changed = walk.fields(of: value, message: kind.message)
            removed = FieldSet()
        }
        // A client may edit the list itself (kubectl migrates entries by JSON patch), so the new object's counts.
        var entries = Self.entries(of: value).filter { !$0.manager.isEmpty }
        guard !changed.isEmpty || !removed.isEmpty else {
            value["metadata", "managedFields"] = Self.json(entries)
            return
        }
        let taken = changed.union(removed)
        for index in entries.indices where !isOwn(entries[index], .update, subresource) {
            entries[index].fields = entries[index].fields.subtracting(taken)
        }
        if let index = entries.firstIndex(where: { isOwn($0, .update, subresource) }) {
            entries[index].fields = entries[index].fields.subtracting(removed).union(changed)
            entries[index].time = now.rfc3339
        } else if !changed.isEmpty {
            entries.append(entry(.update, subresource, changed))
        }
        entries.removeAll { $0.fields.isEmpty }
        Self.limitUpdates(&entries)
        value["metadata", "managedFields"] = Self.json(entries)
    }

    // MARK: - Entries

    /// How a manager writes.
    enum Operation: String {
        case apply = "Apply"
        case update = "Update"
    }

    /// One manager's share.
    struct Entry {
        var manager: String
        var operation: Operation
        var apiVersion: String
        var time: String
        var subresource: String
        var fields: FieldSet
    }

    /// The entry of this request's manager.
    func entry(_ operation: Operation, _ subresource: Subresource?, _ fields: FieldSet) -> Entry {
        Entry(
            manager: context.fieldManager, operation: operation, apiVersion: kind.apiVersion, time: now.rfc3339,
            subresource: Self.name(subresource), fields: fields)
    }

    /// Whether an entry belongs to this request's manager in this role.
    func isOwn(_ entry: Entry, _ operation: Operation, _ subresource: Subresource?) -> Bool {
        entry.manager == context.fieldManager && entry.operation == operation
            && entry.subresource == Self.name(subresource)
    }

    /// The entries of an object.
    static func entries(of value: JSONValue) -> [Entry] {
        (value["metadata"]?["managedFields"]?.arrayValue ?? []).map { entry in
            Entry(
                manager: entry["manager"]?.stringValue ?? "",
                operation: Operation(rawValue: entry["operation"]?.stringValue ?? "") ?? .update,
                apiVersion: entry["apiVersion"]?.stringValue ?? "", time: entry["time"]?.stringValue ?? "",
                subresource: entry["subresource"]?.stringValue ?? "", fields: FieldSet(entry["fieldsV1"]))
        }
    }

    /// The wire form of entries; `nil` when there are none.
    static func json(_ entries: [Entry]) -> JSONValue? {
        if entries.isEmpty { return nil }
        return .array(
            entries.map { entry in
                var json: JSONValue = [
                    "manager": .string(entry.manager), "operation": .string(entry.operation.rawValue),
                    "apiVersion": .string(entry.apiVersion), "time": .string(entry.time), "fieldsType": "FieldsV1",
                    "fieldsV1": entry.fields.json,
                ]
                if !entry.subresource.isEmpty { json["subresource"] = .string(entry.subresource) }
                return json
            })
    }

    private static func name(_ subresource: Subresource?) -> String {
        // A binding is an ordinary write in Kubernetes' books.
        subresource == .binding ? "" : subresource?.rawValue ?? ""
    }

    /// Merges the oldest plain managers when there are too many.
    private static func limitUpdates(_ entries: inout [Entry]) {
        let updates = entries.indices.filter { entries[$0].operation == .update }
        guard updates.count > updateManagersLimit else { return }
        let oldest = updates.sorted { entries[$0].time < entries[$1].time }
            .prefix(updates.count - updateManagersLimit + 1)
        guard let first = oldest.first else { return }
        var merged = entries[first]
        merged.manager = mergedManager
        merged.subresource = ""
        for index in oldest.dropFirst() { merged.fields = merged.fields.union(entries[index].fields) }
        let doomed = Set(oldest)
        entries = entries.indices.filter { !doomed.contains($0) }.map { entries[$0] } + [merged]
    }
}
