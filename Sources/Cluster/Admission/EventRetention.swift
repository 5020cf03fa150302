import Document
import Effects

/// Keeps events from growing without end: each namespace has the newest ones, for an hour, as Kubernetes does.
enum EventRetention {
    /// The most events of one namespace.
    static let maximumCount = 1_000
    /// How long an event stays after its last occurrence.
    static let lifetime = Duration.seconds(3_600)
    /// How many events a single write removes at most: writes stay short.
    private static let removalsPerWrite = 4

    /// Removes events of a namespace that are too old or too many, oldest first.
    static func prune(_ namespace: String, in transaction: inout Transaction) {
        for _ in 0..<removalsPerWrite {
            let events = transaction.objects(.events, namespace: namespace)
            // The revision grows with every occurrence, so the smallest one is the longest ago.
            guard let oldest = events.min(by: { $0.resourceVersion < $1.resourceVersion }),
                events.count > maximumCount || isExpired(oldest, now: transaction.now)
            else { return }
            transaction.remove(oldest.stamped(with: transaction.nextRevision))
        }
    }

    private static func isExpired(_ event: StoredObject, now: Timestamp) -> Bool {
        let value = event.value
        let last =
            value["series"]?["lastObservedTime"] ?? value["lastTimestamp"] ?? value["eventTime"]
            ?? value["metadata"]?["creationTimestamp"]
        guard let text = last?.stringValue, let time = Timestamp(rfc3339: text) else { return false }
        return now - time > lifetime
    }
}
