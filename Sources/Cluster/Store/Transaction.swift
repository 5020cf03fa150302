import Effects

/// The writer's view while it works on a batch: the durable state with the batch's own changes on top.
///
/// Used only by the writer, one write at a time; a write that throws leaves no trace.
struct Transaction {
    /// What stands before the batch.
    private let base: ClusterState
    private var overlay: [ObjectKey: StoredObject?] = [:]
    /// The changes of the batch in order.
    private(set) var changes: [Change] = []
    /// The revision of the last change.
    private(set) var revision: UInt64
    /// The time of the batch: all its writes happen at once.
    let now: Timestamp
    /// Where ids and random names come from.
    let effects: Effects
    /// The ranges to allocate from.
    let configuration: ClusterConfiguration
    /// What every kind looks like.
    let schema: Schema

    init(base: ClusterState, effects: Effects, configuration: ClusterConfiguration, schema: Schema) {
        self.base = base
        revision = base.revision
        now = effects.now
        self.effects = effects
        self.configuration = configuration
        self.schema = schema
    }

    /// The object at `key` as this write sees it.
    subscript(key: ObjectKey) -> StoredObject? {
        if let staged = overlay[key] { return staged }
        return base[key]
    }

    /// The objects of a resource as this write sees them, in key order.
    func objects(_ resource: GroupResource, namespace: String? = nil) -> [StoredObject] {
        let stored = base.tables[resource]?.slice(namespace: namespace) ?? []
        let staged = overlay.filter {
            $0.key.resource == resource && (namespace == nil || $0.key.namespace == namespace)
        }
        guard !staged.isEmpty else { return Array(stored) }
        let kept = stored.filter { staged[$0.key] == nil }
        return (kept + staged.values.compactMap { $0 }).sorted { $0.key < $1.key }
    }

    /// The revision that the next change will get.
    var nextRevision: UInt64 { revision + 1 }

    /// Stages an object whose revision is `nextRevision`.
    mutating func put(_ object: StoredObject) {
        let previous = self[object.key]
        revision = object.resourceVersion
        overlay[object.key] = .some(object)
        changes.append(Change(kind: previous == nil ? .added : .modified, object: object, previous: previous))
    }

    /// Stages a removal; `object` is the last state with `nextRevision`.
    mutating func remove(_ object: StoredObject) {
        let previous = self[object.key]
        revision = object.resourceVersion
        overlay[object.key] = .some(nil)
        changes.append(Change(kind: .deleted, object: object, previous: previous))
    }

    /// Where a write begins, for `rollBack`.
    struct Mark {
        fileprivate let count: Int
        fileprivate let revision: UInt64
    }

    /// The present state of the batch.
    var mark: Mark { Mark(count: changes.count, revision: revision) }

    /// Forgets every change after `mark`.
    mutating func rollBack(to mark: Mark) {
        guard changes.count > mark.count else { return }
        for change in changes[mark.count...].reversed() {
            let key = change.object.key
            if let previous = change.previous {
                overlay[key] = .some(previous)
            } else {
                overlay[key] = .some(nil)
            }
        }
        changes.removeLast(changes.count - mark.count)
        revision = mark.revision
    }

    /// The changes since `mark`.
    func changes(since mark: Mark) -> ArraySlice<Change> { changes[mark.count...] }
}
