/// The type of a field's value.
public indirect enum FieldType: Sendable, Hashable {
    /// Text.
    case string
    /// `true` or `false`.
    case boolean
    /// A 32-bit integer.
    case int32
    /// A 64-bit integer.
    case int64
    /// A floating-point number.
    case double
    /// Bytes, base64 in JSON.
    case bytes
    /// A Kubernetes quantity such as `100m`; a string, though numbers are accepted.
    case quantity
    /// RFC 3339, whole seconds.
    case time
    /// RFC 3339, microseconds.
    case microtime
    /// An integer or a string.
    case intOrString
    /// Any JSON.
    case raw
    /// A message; the index into `Schema.messages`.
    case message(Int)
    /// A map from strings.
    case map(FieldType)
    /// A list.
    case list(FieldType)
}

/// How two versions of a field are merged by a strategic patch, and who owns what under server-side apply.
public struct MergeRule: Sendable, Hashable {
    /// How server-side apply sees a list or map.
    public enum Topology: Sendable, Hashable {
        /// One value with one owner.
        case atomic
        /// Each element has its owners (maps and objects; not lists).
        case granular
        /// A list whose elements are themselves the keys.
        case set
        /// A list of objects, identified by these fields.
        case keyed([String])
    }

    /// Whether a strategic patch merges the list instead of replacing it.
    public var mergesList = false
    /// The field that identifies elements in a strategic patch; `nil` for lists of scalars.
    public var patchKey: String?
    /// Whether a strategic patch may name the keys to keep.
    public var retainsKeys = false
    /// How server-side apply sees the field.
    public var topology = Topology.granular
}

/// Whether the platform does what a field says.
public enum Enforcement: Sendable, Hashable {
    /// The field has its effect.
    case enforced
    /// The field is stored and has no effect here; the text says why that is harmless.
    case acceptedWithoutEffect(String)
    /// The field is refused with `FieldValueNotSupported`; the text says why.
    case refused(String)
}
