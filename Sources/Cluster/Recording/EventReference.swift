import Document

/// The object, or part of an object, that an Event is about (core/v1 ObjectReference).
public struct EventReference: Sendable, Hashable {
    /// `v1`, `apps/v1`, …
    public var apiVersion: String
    /// The object's kind.
    public var kind: String
    /// The object's namespace, empty when it has none.
    public var namespace: String
    /// The object's name.
    public var name: String
    /// The object's uid.
    public var uid: String
    /// The part meant, such as `spec.containers{web}`.
    public var fieldPath: String?

    /// A reference from its parts.
    public init(
        apiVersion: String, kind: String, namespace: String, name: String, uid: String, fieldPath: String? = nil
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.fieldPath = fieldPath
    }

    /// A reference to a stored object.
    public init(_ object: StoredObject, fieldPath: String? = nil) {
        self.init(
            apiVersion: object.value.text("apiVersion"), kind: object.value.text("kind"),
            namespace: object.key.namespace, name: object.key.name, uid: object.uid, fieldPath: fieldPath)
    }

    /// Events about objects without a namespace live in `default`, as in Kubernetes.
    var eventNamespace: String { namespace.isEmpty ? "default" : namespace }

    /// The reference as it stands in `involvedObject`.
    public var json: JSONValue {
        var reference: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
        ]
        if !namespace.isEmpty { reference["namespace"] = .string(namespace) }
        if let fieldPath { reference["fieldPath"] = .string(fieldPath) }
        return reference
    }
}
