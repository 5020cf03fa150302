/// The place of one object: resource, namespace and name.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The resource.
    public let resource: GroupResource
    /// The namespace; empty for cluster-scoped objects.
    public let namespace: String
    /// The object's name.
    public let name: String

    /// Makes a key; leave `namespace` empty for cluster-scoped objects.
    public init(_ resource: GroupResource, namespace: String = "", name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// `pods/default/web`, `nodes/n1`.
    public var description: String {
        namespace.isEmpty ? "\(resource)/\(name)" : "\(resource)/\(namespace)/\(name)"
    }

    /// The order of lists and pages: resource, namespace, name.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        if left.resource != right.resource { return left.resource < right.resource }
        return (left.namespace, left.name) < (right.namespace, right.name)
    }
}
