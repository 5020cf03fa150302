import Cluster
import Document
import Effects
import EventBus

/// Removes Event objects that are older than the cluster keeps them.
struct EventExpiry: Reconciler {
    let context: ControllerContext
    let name = "event-expiry"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        change.resource == .events && change.current != nil ? [change.key] : []
    }

    func allKeys() -> [ObjectKey] { context.store.all(.events).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        guard let event = context.store.get(key) else { return nil }
        let times = [
            event.value["series", "lastObservedTime"], event.value["lastTimestamp"], event.value["eventTime"],
            event.value["metadata", "creationTimestamp"],
        ]
        guard let last = times.compactMap({ $0?.timestampValue }).max() else { return nil }
        let end: Timestamp = last + context.configuration.eventLifetime
        let left: Duration = end - context.effects.now
        if left > .zero { return left }
        do {
            _ = try await context.store.delete(
                key, options: DeleteOptions(uid: event.uid), context: .engine(name, cause: cause))
        } catch {
            guard error.meansGone else { throw error }
            return nil
        }
        return nil
    }
}
