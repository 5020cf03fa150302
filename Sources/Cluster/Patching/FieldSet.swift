import Document

/// A set of field paths in the wire form of `FieldsV1`.
///
/// A node without members is an owned leaf; a node with members is owned itself only when it has the member `.`.
/// Members are `f:NAME` for fields, `k:{…}` for elements of keyed lists, `v:…` for elements of sets.
struct FieldSet: Hashable {
    /// The members of the root.
    private(set) var root: JSONObject

    init(_ root: JSONObject = JSONObject()) {
        self.root = root
    }

    /// Reads the `fieldsV1` of a manager's entry.
    init(_ json: JSONValue?) {
        root = json?.objectValue ?? JSONObject()
    }

    var json: JSONValue { .object(root) }
    var isEmpty: Bool { root.isEmpty }

    /// The paths of both.
    func union(_ other: FieldSet) -> FieldSet { FieldSet(Self.union(root, other.root, isRoot: true)) }

    /// The paths of this set that are not in `other`.
    func subtracting(_ other: FieldSet) -> FieldSet {
        FieldSet(Self.subtract(root, other.root, isRoot: true) ?? JSONObject())
    }

    /// The paths of both sets at once.
    func intersection(_ other: FieldSet) -> FieldSet {
        FieldSet(Self.intersect(root, other.root, isRoot: true) ?? JSONObject())
    }

    /// Whether the node is itself a member of the set.
    static func isOwned(_ node: JSONObject) -> Bool { node.isEmpty || node["."] != nil }

    /// The owned paths as people read them: `.spec.containers[name="web"].image`.
    var paths: [String] {
        var paths: [String] = []
        Self.collect(root, prefix: "", isRoot: true, into: &paths)
        return paths
    }

    // MARK: - Nodes

    private static func union(_ left: JSONObject, _ right: JSONObject, isRoot: Bool) -> JSONObject {
        if !isRoot {
            if left.isEmpty { return right.isEmpty ? right : owned(right) }
            if right.isEmpty { return owned(left) }
        }
        var result = left
        for (key, member) in right {
            guard let other = member.objectValue else { continue }
            if let own = result[key]?.objectValue, key != "." {
                result[key] = .object(union(own, other, isRoot: false))
            } else {
                result[key] = member
            }
        }
        return result
    }

    private static func subtract(_ left: JSONObject, _ right: JSONObject, isRoot: Bool) -> JSONObject? {
        let staysOwned = !isRoot && isOwned(left) && !isOwned(right)
        var result = JSONObject()
        if staysOwned { result["."] = [:] }
        for (key, member) in left where key != "." {
            guard let own = member.objectValue else { continue }
            if let other = right[key]?.objectValue {
                if let rest = subtract(own, other, isRoot: false) { result[key] = .object(rest) }
            } else {
                result[key] = member
            }
        }
        return normalised(result, isOwned: staysOwned)
    }

    private static func intersect(_ left: JSONObject, _ right: JSONObject, isRoot: Bool) -> JSONObject? {
        let bothOwned = !isRoot && isOwned(left) && isOwned(right)
        var result = JSONObject()
        if bothOwned { result["."] = [:] }
        for (key, member) in left where key != "." {
            guard let own = member.objectValue, let other = right[key]?.objectValue else { continue }
            if let both = intersect(own, other, isRoot: false) { result[key] = .object(both) }
        }
        return normalised(result, isOwned: bothOwned)
    }

    /// A node that says nothing is absent; an owned one without members is written as a leaf.
    private static func normalised(_ node: JSONObject, isOwned: Bool) -> JSONObject? {
        if node.isEmpty { return nil }
        return isOwned && node.count == 1 ? JSONObject() : node
    }

    private static func owned(_ node: JSONObject) -> JSONObject {
        if node["."] != nil { return node }
        var result: JSONObject = [".": [:]]
        for (key, member) in node { result[key] = member }
        return result
    }

    private static func collect(_ node: JSONObject, prefix: String, isRoot: Bool, into paths: inout [String]) {
        if !isRoot, isOwned(node) { paths.append(prefix) }
        for (key, member) in node where key != "." {
            guard let inner = member.objectValue else { continue }
            collect(inner, prefix: prefix + text(of: key), isRoot: false, into: &paths)
        }
    }

    /// The readable form of one step.
    private static func text(of step: String) -> String {
        let content = String(step.dropFirst(2))
        switch step.prefix(2) {
        case "f:": return ".\(content)"
        case "k:":
            guard case .object(let keys)? = try? JSONReader.parse(content) else { return "[\(content)]" }
            return "[" + keys.map { "\($0.key)=\($0.value)" }.joined(separator: ",") + "]"
        default: return "[=\(content)]"
        }
    }
}
