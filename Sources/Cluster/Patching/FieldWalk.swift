import Document

/// Computes field sets of objects and of their differences, and merges them, as the schema's topologies demand.
struct FieldWalk {
    let schema: Schema

    /// What belongs to identity and server, not to any manager.
    private static let untrackedMetadata: Set<String> = [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
        "deletionTimestamp", "deletionGracePeriodSeconds",
    ]

    // MARK: - Sets

    /// Every field of an object.
    func fields(of value: JSONValue, message: Int) -> FieldSet {
        var root = JSONObject()
        for (name, item) in value.objectValue ?? [:] where name != "apiVersion" && name != "kind" {
            guard let field = schema.messages[message].fieldsByName[name] else { continue }
            if name == "metadata" {
                let metadata = members(tracked(item), field.type)
                if !metadata.isEmpty { root["f:metadata"] = .object(metadata) }
            } else {
                root["f:\(name)"] = .object(node(item, field.type, field.merge.topology))
            }
        }
        return FieldSet(root)
    }

    /// What differs between two objects: fields that are new or have another value, and fields that are gone.
    func difference(
        from old: JSONValue,
        to new: JSONValue,
        message: Int
    ) -> (changed: FieldSet, removed: FieldSet) {
        var changed = JSONObject()
        var removed = JSONObject()
        for field in schema.messages[message].fieldsByName.values.sorted(by: { $0.number < $1.number }) {
            var (before, after) = (old[field.name], new[field.name])
            if field.name == "metadata" {
                before = before.map(tracked)
                after = after.map(tracked)
            }
            let result = compare(before, after, field.type, field.merge.topology)
            if let node = result.changed { changed["f:\(field.name)"] = .object(node) }
            if let node = result.removed { removed["f:\(field.name)"] = .object(node) }
        }
        return (FieldSet(changed), FieldSet(removed))
    }

    private func tracked(_ metadata: JSONValue) -> JSONValue {
        var object = JSONObject()
        for (name, item) in metadata.objectValue ?? [:] where !Self.untrackedMetadata.contains(name) {
            object[name] = item
        }
        return .object(object)
    }

    /// The node of a value: a leaf, or the nodes of its members.
    private func node(_ value: JSONValue, _ type: FieldType, _ topology: MergeRule.Topology) -> JSONObject {
        if topology == .atomic { return JSONObject() }
        switch (type, value) {
        case (.message, .object), (.map, .object): return members(value, type)
        case (.list(let element), .array(let elements)):
            var object = JSONObject()
            for item in elements {
                guard let key = Self.key(of: item, topology) else { continue }
                var inner = node(item, element, .granular)
                if !inner.isEmpty {
                    var owned: JSONObject = [".": [:]]
                    for (name, member) in inner { owned[name] = member }
                    inner = owned
                }
                object[key] = .object(inner)
            }
            return object
        default: return JSONObject()
        }
    }

    private func members(_ value: JSONValue, _ type: FieldType) -> JSONObject {
        var object = JSONObject()
        for (name, item) in value.objectValue ?? [:] {
            guard let (itemType, topology) = member(name, of: type) else { continue }
            object["f:\(name)"] = .object(node(item, itemType, topology))
        }
        return object
    }

    /// The type and topology of a member of a message or map.
    private func member(_ name: String, of type: FieldType) -> (FieldType, MergeRule.Topology)? {
        switch type {
        case .message(let index): schema.messages[index].fieldsByName[name].map { ($0.type, $0.merge.topology) }
        case .map(let element): (element, .granular)
        default: nil
        }
    }

    /// The step of an element in a keyed list or a set; `nil` for an element without its keys.
    static func key(of item: JSONValue, _ topology: MergeRule.Topology) -> String? {
        switch topology {
        case .set: return "v:\(item)"
        case .keyed(let names):
            var keys = JSONObject()
            for name in names.sorted() {
                // Absent keys take part with their default: ports differ by protocol even when only one says so.
                if let value = item[name] {
                    keys[name] = value
                } else if name == "protocol" {
                    keys[name] = "TCP"
                } else {
                    return nil
                }
            }
            return "k:\(JSONValue.object(keys))"
        case .atomic, .granular: return nil
        }
    }

    // MARK: - Differences

    private typealias Difference = (changed: JSONObject?, removed: JSONObject?)

    private func compare(
        _ old: JSONValue?,
        _ new: JSONValue?,
        _ type: FieldType,
        _ topology: MergeRule.Topology
    ) -> Difference {
        guard let new else { return (nil, old.map { node($0, type, topology) }) }
        guard let old else { return (node(new, type, topology), nil) }
        if old == new { return (nil, nil) }
        if topology == .atomic { return (JSONObject(), nil) }
        switch (type, old, new) {
        case (.message, .object(let before), .object(let after)), (.map, .object(let before), .object(let after)):
            return compareMembers(before, after, type)
        case (.list(let element), .array(let before), .array(let after)):
            return compareElements(before, after, element, topology)
        default: return (JSONObject(), nil)
        }
    }

    private func compareMembers(_ old: JSONObject, _ new: JSONObject, _ type: FieldType) -> Difference {
        var changed = JSONObject()
        var removed = JSONObject()
        for (name, item) in new {
            guard let (itemType, topology) = member(name, of: type) else { continue }
            let inner = compare(old[name], item, itemType, topology)
            if let node = inner.changed { changed["f:\(name)"] = .object(node) }
            if let node = inner.removed { removed["f:\(name)"] = .object(node) }
        }
        for (name, item) in old where new[name] == nil {
            guard let (itemType, topology) = member(name, of: type) else { continue }
            removed["f:\(name)"] = .object(node(item, itemType, topology))
        }
        return (changed.isEmpty ? nil : changed, removed.isEmpty ? nil : removed)
    }

    private func compareElements(
        _ old: [JSONValue],
        _ new: [JSONValue],
        _ element: FieldType,
        _ topology: MergeRule.Topology
    ) -> Difference {
        let before = Self.byKey(old, topology)
        let after = Self.byKey(new, topology)
        var changed = JSONObject()
        var removed = JSONObject()
        let whole = node(.array(new), .list(element), topology)
        for (key, item) in after {
            guard let former = before[key] else {
                changed[key] = whole[key]
                continue
            }
            let inner = compare(former, item, element, .granular)
            if let node = inner.changed { changed[key] = .object(node) }
            if let node = inner.removed { removed[key] = .object(node) }
        }
        let gone = node(.array(old), .list(element), topology)
        for key in before.keys where after[key] == nil { removed[key] = gone[key] }
        return (changed.isEmpty ? nil : changed, removed.isEmpty ? nil : removed)
    }

    static func byKey(_ elements: [JSONValue], _ topology: MergeRule.Topology) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for item in elements {
            if let key = key(of: item, topology) { result[key] = item }
        }
        return result
    }

    // MARK: - Merging

    /// `live` with everything that `applied` says.
    func merging(_ applied: JSONValue, into live: JSONValue, message: Int) -> JSONValue {
        merge(applied, into: live, .message(message), .granular)
    }

    private func merge(
        _ applied: JSONValue,
        into live: JSONValue,
        _ type: FieldType,
        _ topology: MergeRule.Topology
    ) -> JSONValue {
        if topology == .atomic { return applied }
        switch (type, live, applied) {
        case (.message, .object(var object), .object(let wanted)), (.map, .object(var object), .object(let wanted)):
            for (name, item) in wanted {
                guard let (itemType, itemTopology) = member(name, of: type), let current = object[name] else {
                    object[name] = item
                    continue
                }
                object[name] = merge(item, into: current, itemType, itemTopology)
            }
            return .object(object)
        case (.list(let element), .array(let current), .array(let wanted)):
            return .array(mergeElements(wanted, into: current, element, topology))
        default: return applied
        }
    }

    private func mergeElements(
        _ wanted: [JSONValue],
        into current: [JSONValue],
        _ element: FieldType,
        _ topology: MergeRule.Topology
    ) -> [JSONValue] {
        let present = Self.byKey(current, topology)
        let asked = Self.byKey(wanted, topology)
        let merged = wanted.map { item -> JSONValue in
            guard let key = Self.key(of: item, topology), let former = present[key] else { return item }
            return merge(item, into: former, element, .granular)
        }
        // When the applied list names every element, its order is the wanted one.
        if present.keys.allSatisfy({ asked[$0] != nil }) { return merged }
        var byKey = Self.byKey(merged, topology)
        var result = current.map { item -> JSONValue in
            guard let key = Self.key(of: item, topology) else { return item }
            return byKey.removeValue(forKey: key) ?? item
        }
        for item in merged {
            if let key = Self.key(of: item, topology), byKey[key] != nil { result.append(item) }
        }
        return result
    }

    // MARK: - Removing

    /// `value` without the fields of `doomed`; an element goes as a whole unless `kept` names something inside it.
    func removing(_ doomed: FieldSet, from value: JSONValue, keeping kept: FieldSet, message: Int) -> JSONValue {
        remove(doomed.root, from: value, keeping: kept.root, .message(message), .granular) ?? value
    }

    /// The value without the doomed part; `nil` when nothing of it stays.
    private func remove(
        _ doomed: JSONObject,
        from value: JSONValue,
        keeping kept: JSONObject?,
        _ type: FieldType,
        _ topology: MergeRule.Topology
    ) -> JSONValue? {
        if FieldSet.isOwned(doomed), kept == nil { return nil }
        switch (type, value) {
        case (.message, .object(var object)), (.map, .object(var object)):
            for (step, member) in doomed where step.hasPrefix("f:") {
                let name = String(step.dropFirst(2))
                guard let inner = member.objectValue, let item = object[name],
                    let (itemType, itemTopology) = self.member(name, of: type)
                else { continue }
                object[name] = remove(inner, from: item, keeping: kept?[step]?.objectValue, itemType, itemTopology)
            }
            return .object(object)
        case (.list(let element), .array(let elements)):
            let rest = elements.compactMap { item -> JSONValue? in
                guard let key = Self.key(of: item, topology), let inner = doomed[key]?.objectValue else { return item }
                return remove(inner, from: item, keeping: kept?[key]?.objectValue, element, .granular)
            }
            return .array(rest)
        default: return value
        }
    }
}
