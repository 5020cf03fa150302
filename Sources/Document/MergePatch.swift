/// JSON merge patch (RFC 7386).
public enum MergePatch {
    /// Applies `patch` to `target` in place: objects merge, `null` removes a key, anything else replaces.
    public static func apply(_ patch: JSONValue, to target: inout JSONValue) {
        guard case .object(let changes) = patch else {
            target = patch
            return
        }
        target.updateObject { object in
            for (key, change) in changes {
                if change.isNull {
                    object.removeValue(forKey: key)
                } else {
                    object.update(key) { apply(change, to: &$0) }
                }
            }
        }
    }

    /// `target` with `patch` applied.
    public static func applying(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        var result = target
        apply(patch, to: &result)
        return result
    }
}
