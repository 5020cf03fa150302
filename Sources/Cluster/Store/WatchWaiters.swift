/// The watches that wait for a change, by resource; at most one continuation each.
struct WatchWaiters: Sendable {
    /// The number of a watch.
    typealias ID = UInt64

    private var waiting: [ID: (resource: GroupResource, continuation: CheckedContinuation<Void, Never>)] = [:]
    private var next: ID = 1

    /// A number for a new watch.
    mutating func newID() -> ID {
        defer { next += 1 }
        return next
    }

    /// Adds a waiting watch; returns true when one already waits under this number, which must not be added.
    mutating func add(_ id: ID, _ resource: GroupResource, _ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard waiting[id] == nil else { return true }
        waiting[id] = (resource, continuation)
        return false
    }

    /// Takes the continuation of one watch.
    mutating func take(_ id: ID) -> CheckedContinuation<Void, Never>? {
        waiting.removeValue(forKey: id)?.continuation
    }

    /// Takes the continuations of all watches of these resources.
    mutating func take(_ resources: Set<GroupResource>) -> [CheckedContinuation<Void, Never>] {
        guard !waiting.isEmpty else { return [] }
        var taken: [CheckedContinuation<Void, Never>] = []
        for (id, entry) in waiting where resources.contains(entry.resource) {
            waiting[id] = nil
            taken.append(entry.continuation)
        }
        return taken
    }
}
