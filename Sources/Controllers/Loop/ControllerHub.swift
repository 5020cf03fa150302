import Cluster
import EventBus

/// Reads the bus once for all controllers and tells each what changed.
///
/// Remembers the last seen state of every object that controllers care about, because after a deletion the store no
/// longer knows whose pod it was.
struct ControllerHub: Sendable {
    /// Resources that change often and concern no owner.
    private static let ignored: Set<GroupResource> = [.leases]

    private let store: ClusterStore
    private let bus: EventBus
    private let loops: [ReconcileLoop]

    init(store: ClusterStore, bus: EventBus, loops: [ReconcileLoop]) {
        self.store = store
        self.bus = bus
        self.loops = loops
    }

    /// Follows the bus until the task is cancelled.
    func run(onReady: @Sendable () -> Void) async {
        let subscription = bus.subscribe(name: "controllers", families: [.object])
        var seen = await resync()
        onReady()
        for await delivery in subscription {
            switch delivery {
            case .overrun: seen = await resync()
            case .event(let event): await observe(event, seen: &seen)
            }
        }
    }

    private func observe(_ event: Event, seen: inout [String: StoredObject]) async {
        guard case .object(let change) = event.payload else { return }
        let resource = GroupResource(change.resource, group: change.group)
        guard !Self.ignored.contains(resource) else { return }
        let stored = store.get(ObjectKey(resource, namespace: change.namespace, name: change.name))
        // A successor under the same name is another object; its own event follows.
        let current = stored.flatMap { $0.uid == change.uid ? $0 : nil }
        let observed = ObservedChange(
            resource: resource, namespace: change.namespace, name: change.name, uid: change.uid,
            previous: seen[change.uid], current: current)
        seen[change.uid] = current
        for loop in loops { await loop.note(observed, cause: .event(event.id)) }
    }

    private func resync() async -> [String: StoredObject] {
        var seen: [String: StoredObject] = [:]
        for resource in Schema.kubernetes.resources where !Self.ignored.contains(resource.storage) {
            for object in store.all(resource.storage) { seen[object.uid] = object }
        }
        for loop in loops { await loop.resync() }
        return seen
    }
}
