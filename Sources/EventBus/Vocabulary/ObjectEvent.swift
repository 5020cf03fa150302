/// A commit of the object store. Published by Cluster after it is durable; Controllers, Scheduler, Node and
/// ServiceProxy listen.
public struct ObjectEvent: Sendable, Hashable {
    /// What the commit did.
    public enum Change: String, Sendable, Hashable {
        /// The object is new.
        case added
        /// The object has a new revision.
        case modified
        /// The object is gone.
        case deleted
    }

    /// What the commit did.
    public let change: Change
    /// API group, empty for core.
    public let group: String
    /// Plural resource name.
    public let resource: String
    /// Namespace, empty for cluster-scoped objects.
    public let namespace: String
    /// Object name.
    public let name: String
    /// The object's uid.
    public let uid: String
    /// The resourceVersion of this commit.
    public let revision: UInt64

    /// One commit of one object.
    public init(
        change: Change,
        group: String,
        resource: String,
        namespace: String,
        name: String,
        uid: String,
        revision: UInt64
    ) {
        self.change = change
        self.group = group
        self.resource = resource
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.revision = revision
    }

    var details: EventDetails {
        EventDetails(change.rawValue, ["group": group, "uid": uid, "revision": String(revision)])
    }
}
