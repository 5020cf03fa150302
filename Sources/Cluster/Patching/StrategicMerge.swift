import Document

/// Strategic merge patch: a merge patch that knows which lists are merged, and by which key.
struct StrategicMerge {
    let schema: Schema

    private static let directive = "$patch"
    private static let retainKeys = "$retainKeys"
    private static let deletePrefix = "$deleteFromPrimitiveList/"
    private static let orderPrefix = "$setElementOrder/"

    /// Applies `patch` to an object of the type at `message`; throws `BadRequest` for malformed directives.
    func apply(_ patch: JSONValue, to target: JSONValue, message: Int) throws(ClusterError) -> JSONValue {
        try merge(patch, into: target, .message(message)) ?? .object(JSONObject())
    }

    /// The merged value; `nil` when a directive deletes it.
    private func merge(_ patch: JSONValue, into target: JSONValue?, _ type: FieldType) throws(ClusterError)
        -> JSONValue?
    {
        guard case .object(var changes) = patch else { return patch }
        switch changes.removeValue(forKey: Self.directive)?.stringValue {
        case "replace": return .object(changes)
        case "delete": return nil
        case nil, "merge": break
        case let unknown?: throw .badRequest("unknown patch directive $patch: \(unknown)")
        }
        var result = target?.objectValue ?? JSONObject()
        try retain(&result, by: &changes)
        for (key, change) in changes {
            if key.hasPrefix(Self.deletePrefix) {
                removePrimitives(change, from: String(key.dropFirst(Self.deletePrefix.count)), in: &result)
            } else if !key.hasPrefix(Self.orderPrefix) {
                try apply(change, to: key, of: type, in: &result)
            }
        }
        for (key, order) in changes where key.hasPrefix(Self.orderPrefix) {
            reorder(String(key.dropFirst(Self.orderPrefix.count)), by: order, of: type, in: &result)
        }
        return .object(result)
    }

    private func apply(
        _ change: JSONValue,
        to key: String,
        of type: FieldType,
        in result: inout JSONObject
    ) throws(ClusterError) {
        if change.isNull {
            result.removeValue(forKey: key)
            return
        }
        let field = field(key, of: type)
        let itemType = field?.type ?? mapElement(type)
        switch (itemType, change) {
        case (.list(let element)?, .array(let changes)):
            guard let field, field.merge.mergesList else {
                result[key] = .array(changes.filter { $0[Self.directive] == nil })
                return
            }
            let current = result[key]?.arrayValue ?? []
            result[key] = .array(
                try mergeList(changes, into: current, element: element, key: field.merge.patchKey))
        case (.message?, .object), (.map?, .object):
            result[key] = try merge(change, into: result[key], itemType ?? .raw)
        default:
            result[key] = change
        }
    }

    private func field(_ name: String, of type: FieldType) -> Field? {
        if case .message(let index) = type { schema.messages[index].fieldsByName[name] } else { nil }
    }

    private func mapElement(_ type: FieldType) -> FieldType? {
        if case .map(let element) = type { element } else { nil }
    }

    // MARK: - Lists

    private func mergeList(
        _ changes: [JSONValue],
        into current: [JSONValue],
        element: FieldType,
        key: String?
    ) throws(ClusterError) -> [JSONValue] {
        guard let key else {
            var result = current
            for item in changes where !result.contains(item) { result.append(item) }
            return result
        }
        if changes.contains(where: { $0[Self.directive]?.stringValue == "replace" }) {
            // A list that begins anew: the marker element itself carries nothing.
            return changes.filter { $0[Self.directive]?.stringValue != "replace" || $0[key] != nil }.map { item in
                var item = item
                item[Self.directive] = nil
                return item
            }
        }
        var result = current
        for change in changes {
            guard let identity = change[key] else {
                throw .badRequest("map: \(change) does not contain declared merge key: \(key)")
            }
            let index = result.firstIndex { $0[key] == identity }
            if change[Self.directive]?.stringValue == "delete" {
                result.removeAll { $0[key] == identity }
            } else if let index {
                if let merged = try merge(change, into: result[index], element) { result[index] = merged }
            } else if let merged = try merge(change, into: nil, element) {
                result.append(merged)
            }
        }
        return result
    }

    private func removePrimitives(_ doomed: JSONValue, from key: String, in result: inout JSONObject) {
        guard let values = doomed.arrayValue, let current = result[key]?.arrayValue else { return }
        let rest = current.filter { !values.contains($0) }
        result[key] = rest.isEmpty ? nil : .array(rest)
    }

    /// Puts the named elements in the named order; the others keep their place relative to their neighbours.
    private func reorder(_ key: String, by order: JSONValue, of type: FieldType, in result: inout JSONObject) {
        guard let wanted = order.arrayValue, let current = result[key]?.arrayValue, let field = field(key, of: type),
            field.merge.mergesList
        else { return }
        func identity(_ item: JSONValue) -> JSONValue? { field.merge.patchKey.map { item[$0] } ?? item }
        let ranks = Dictionary(wanted.enumerated().compactMap { index, item in identity(item).map { ($0, index) } }) {
            first, _ in first
        }
        let named = current.filter { identity($0).map { ranks[$0] != nil } ?? false }
            .sorted { (identity($0).flatMap { ranks[$0] } ?? 0) < (identity($1).flatMap { ranks[$0] } ?? 0) }
        var next = named.makeIterator()
        result[key] = .array(
            current.map { item in
                guard let key = identity(item), ranks[key] != nil else { return item }
                return next.next() ?? item
            })
    }

    /// Keeps only the keys that `$retainKeys` names.
    private func retain(_ result: inout JSONObject, by changes: inout JSONObject) throws(ClusterError) {
        guard let list = changes.removeValue(forKey: Self.retainKeys) else { return }
        guard let names = list.arrayValue?.compactMap(\.stringValue) else {
            throw .badRequest("$retainKeys must be a list of strings")
        }
        for key in result.keys where !names.contains(key) { result.removeValue(forKey: key) }
    }
}
