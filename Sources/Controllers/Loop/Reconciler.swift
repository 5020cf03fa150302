import Cluster
import Effects
import EventBus
import Logging

/// One controller: says which keys a change concerns, and brings one key's objects to what they should be.
///
/// Reconciling is level-triggered: it reads the store and must come to the same result however often it is called.
/// Reads see the controller's own commits, because a write returns after it is in the store; so there are no
/// expectations to keep.
protocol Reconciler: Sendable {
    /// The controller's name, as field manager and in logs.
    var name: String { get }

    /// The keys that a change concerns.
    func keys(affectedBy change: ObservedChange) -> [ObjectKey]

    /// Every key there is; for the start and after an overrun.
    func allKeys() -> [ObjectKey]

    /// Brings the key's objects to what they should be; returns how long until time alone makes it look again.
    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration?
}

/// A commit as controllers see it: what the object was when they last looked, and what it is now.
struct ObservedChange: Sendable {
    let resource: GroupResource
    let namespace: String
    let name: String
    let uid: String
    /// The object before; nil when it is new or was never seen.
    let previous: StoredObject?
    /// The object now; nil when it is gone.
    let current: StoredObject?

    var key: ObjectKey { ObjectKey(resource, namespace: namespace, name: name) }

    /// The latest state known, before or now.
    var latest: StoredObject? { current ?? previous }
}

/// What all controllers work with.
struct ControllerContext: Sendable {
    let store: ClusterStore
    let recorder: EventRecorder
    let effects: Effects
    let logger: Logger
    let configuration: ControllersConfiguration
}
