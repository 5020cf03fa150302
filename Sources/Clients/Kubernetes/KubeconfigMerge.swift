import Document

/// Puts the entries of one kubeconfig into another.
public enum KubeconfigMerge {
    /// `existing` with the clusters, users and contexts of `addition`: entries of the same name are replaced, all others
    /// and all unknown fields stay as they are. The current context becomes that of `addition` with `makeCurrent`, or
    /// when there was none. Pure.
    public static func merge(_ addition: JSONValue, into existing: JSONValue, makeCurrent: Bool) -> JSONValue {
        var result: JSONValue = existing.isNull ? [:] : existing
        if result["apiVersion"] == nil { result["apiVersion"] = "v1" }
        if result["kind"] == nil { result["kind"] = "Config" }
        for list in ["clusters", "contexts", "users"] {
            var entries = result[list]?.arrayValue ?? []
            for entry in addition[list]?.arrayValue ?? [] {
                if let index = entries.firstIndex(where: { $0["name"] == entry["name"] }) {
                    entries[index] = entry
                } else {
                    entries.append(entry)
                }
            }
            result[list] = .array(entries)
        }
        if makeCurrent || (result["current-context"]?.stringValue ?? "").isEmpty {
            result["current-context"] = addition["current-context"] ?? ""
        }
        return result
    }
}
