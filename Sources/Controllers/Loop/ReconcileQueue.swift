import Cluster
import EventBus

/// What is to be reconciled: each key at most once, never while it is being reconciled, later after a failure.
///
/// A value without a clock; bounded by the number of objects, because equal keys coalesce.
struct ReconcileQueue: Sendable {
    /// The pause after the first failure of a key; doubles with each.
    static let firstRetryPause = Duration.milliseconds(5)
    /// The longest pause between retries.
    static let retryPauseMax = Duration.seconds(60)

    private var ready: [ObjectKey] = []
    private var position = 0
    private var queued: Set<ObjectKey> = []
    private var active: Set<ObjectKey> = []
    private var changedWhileActive: Set<ObjectKey> = []
    private var later: [ObjectKey: Duration] = [:]
    private var failures: [ObjectKey: Int] = [:]
    private var causes: [ObjectKey: Cause] = [:]

    /// Whether a key can be taken now.
    var hasReady: Bool { position < ready.count }

    /// How many keys are known in any state.
    var count: Int { queued.count + active.count + later.count }

    /// Adds a key, or remembers it for after its present turn.
    mutating func add(_ key: ObjectKey, cause: Cause?) {
        if let cause { causes[key] = cause }
        later[key] = nil
        if active.contains(key) {
            changedWhileActive.insert(key)
        } else if queued.insert(key).inserted {
            ready.append(key)
        }
    }

    /// Adds a key once `uptime` is reached, unless it is added before.
    mutating func add(_ key: ObjectKey, at uptime: Duration) {
        guard !queued.contains(key), !changedWhileActive.contains(key) else { return }
        later[key] = min(later[key] ?? uptime, uptime)
    }

    /// Makes ready what is due.
    mutating func wake(at uptime: Duration) {
        for (key, due) in later where due <= uptime { add(key, cause: nil) }
    }

    /// The key to reconcile next, with what it follows from; the caller answers with `succeed` or `fail`.
    mutating func next() -> (key: ObjectKey, cause: Cause?)? {
        guard position < ready.count else { return nil }
        let key = ready[position]
        position += 1
        if position == ready.count {
            ready.removeAll(keepingCapacity: true)
            position = 0
        }
        queued.remove(key)
        active.insert(key)
        return (key, causes.removeValue(forKey: key))
    }

    /// Ends a key's turn; `again` asks for another one at that uptime.
    mutating func succeed(_ key: ObjectKey, again: Duration?) {
        failures[key] = nil
        finish(key, again: again)
    }

    /// Ends a key's turn that failed; it comes again after a growing pause.
    mutating func fail(_ key: ObjectKey, at uptime: Duration) {
        let count = failures[key, default: 0]
        failures[key] = count + 1
        // Fourteen doublings of 5 ms exceed the longest pause.
        finish(key, again: uptime + min(Self.retryPauseMax, Self.firstRetryPause * (1 << min(count, 14))))
    }

    private mutating func finish(_ key: ObjectKey, again: Duration?) {
        active.remove(key)
        if changedWhileActive.remove(key) != nil {
            queued.insert(key)
            ready.append(key)
        } else if let again {
            later[key] = again
        }
    }

    /// The uptime of the next key that waits; nil when none does.
    var nextDeadline: Duration? { later.values.min() }
}
