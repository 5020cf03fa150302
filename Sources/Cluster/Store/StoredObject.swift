import Document

/// One revision of one object: immutable, shared by everyone who reads it.
public final class StoredObject: Sendable {
    /// Where the object lives.
    public let key: ObjectKey
    /// The object's uid.
    public let uid: String
    /// The revision; grows over all objects of the store.
    public let resourceVersion: UInt64
    /// The complete object as a tree.
    public let value: JSONValue
    /// The complete object as compact JSON text, exactly `value`.
    public let bytes: [UInt8]
    /// The labels.
    public let labels: [String: String]

    /// Makes a revision; `value` must already carry `metadata.uid` and `metadata.resourceVersion`.
    init(key: ObjectKey, uid: String, resourceVersion: UInt64, value: JSONValue, bytes: [UInt8]? = nil) {
        self.key = key
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.value = value
        self.bytes = bytes ?? JSONWriter.bytes(value)
        var labels: [String: String] = [:]
        if let object = value["metadata"]?["labels"]?.objectValue {
            for (name, label) in object { labels[name] = label.stringValue }
        }
        self.labels = labels
    }

    /// The namespace; empty for cluster-scoped objects.
    public var namespace: String { key.namespace }

    /// The name.
    public var name: String { key.name }

    /// Whether deletion has begun.
    public var isDeleting: Bool { value["metadata"]?["deletionTimestamp"] != nil }

    /// The finalizers that hold the object.
    public var finalizers: [String] {
        value["metadata"]?["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}

extension StoredObject {
    /// The same object under another revision.
    func stamped(with revision: UInt64) -> StoredObject {
        var value = value
        value["metadata", "resourceVersion"] = .string(String(revision))
        return StoredObject(key: key, uid: uid, resourceVersion: revision, value: value)
    }
}
