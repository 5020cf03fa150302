import Document

/// One committed change of one object.
struct Change: Sendable {
    /// What happened to the object.
    enum Kind: Sendable { case added, modified, deleted }

    let kind: Kind
    /// The object after the change; for a deletion its last state with the deletion's revision.
    let object: StoredObject
    /// The object before the change; `nil` when it is new.
    let previous: StoredObject?

    var revision: UInt64 { object.resourceVersion }
}

/// All objects of one resource, by place and in the order of lists.
struct ResourceTable: Sendable {
    private(set) var byPlace: [Place: StoredObject] = [:]
    /// Sorted by namespace, then name.
    private(set) var sorted: [StoredObject] = []

    /// Namespace and name.
    struct Place: Hashable, Comparable {
        let namespace: String
        let name: String

        static func < (left: Place, right: Place) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    subscript(namespace: String, name: String) -> StoredObject? {
        byPlace[Place(namespace: namespace, name: name)]
    }

    /// Inserts or replaces an object.
    mutating func set(_ object: StoredObject) {
        let place = Place(namespace: object.namespace, name: object.name)
        let index = firstIndex(notBefore: place)
        if byPlace.updateValue(object, forKey: place) == nil {
            sorted.insert(object, at: index)
        } else {
            sorted[index] = object
        }
    }

    /// Removes an object.
    mutating func remove(namespace: String, name: String) {
        let place = Place(namespace: namespace, name: name)
        guard byPlace.removeValue(forKey: place) != nil else { return }
        sorted.remove(at: firstIndex(notBefore: place))
    }

    /// The objects of a namespace, or all of them, in order.
    func slice(namespace: String?) -> ArraySlice<StoredObject> {
        guard let namespace else { return sorted[...] }
        let start = firstIndex(notBefore: Place(namespace: namespace, name: ""))
        // The next namespace in order is the first one that begins with this one and a byte after it.
        let end = sorted[start...].partitionPoint { $0.namespace == namespace }
        return sorted[start..<end]
    }

    /// The position of the first object at or after `place`.
    func firstIndex(notBefore place: Place) -> Int {
        sorted[...].partitionPoint { Place(namespace: $0.namespace, name: $0.name) < place }
    }
}

extension ArraySlice {
    /// The first index whose element does not satisfy `belongsBefore`; the elements that do must come first.
    func partitionPoint(_ belongsBefore: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if belongsBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The recent changes of one resource, oldest first; bounded by number and by bytes.
struct ChangeHistory: Sendable {
    /// The encoded size above which old changes are dropped even when their number is small.
    static let maximumBytes = 8 << 20

    private var changes: [Change] = []
    private var head = 0
    private var bytes = 0
    private let maximumCount: Int
    /// Changes up to this revision are not kept.
    private(set) var floor: UInt64

    init(maximumCount: Int, floor: UInt64) {
        self.maximumCount = maximumCount
        self.floor = floor
    }

    /// The revision of the newest kept change, or the floor.
    var last: UInt64 { changes.last?.revision ?? floor }

    mutating func append(_ change: Change) {
        changes.append(change)
        bytes += change.object.bytes.count
        while changes.count - head > maximumCount || (bytes > Self.maximumBytes && changes.count - head > 64) {
            floor = changes[head].revision
            bytes -= changes[head].object.bytes.count
            head += 1
        }
        // Give the dropped half back in one go, so that appending stays cheap.
        if head > maximumCount {
            changes.removeFirst(head)
            head = 0
        }
    }

    /// Up to `limit` changes after `revision`, oldest first; `nil` when some of them are not kept any more.
    func changes(after revision: UInt64, limit: Int) -> ArraySlice<Change>? {
        guard revision >= floor else { return nil }
        let start = changes[head...].partitionPoint { $0.revision <= revision }
        return changes[start...].prefix(limit)
    }
}

/// What readers see: every durable object.
struct ClusterState: Sendable {
    var revision: UInt64
    private(set) var tables: [GroupResource: ResourceTable] = [:]
    private(set) var histories: [GroupResource: ChangeHistory] = [:]
    /// The objects that name an owner, by the owner's uid.
    private(set) var dependents: [String: Set<ObjectKey>] = [:]
    private let historyCount: Int

    init(revision: UInt64, historyCount: Int) {
        self.revision = revision
        self.historyCount = historyCount
    }

    subscript(key: ObjectKey) -> StoredObject? {
        tables[key.resource]?[key.namespace, key.name]
    }

    /// The history of a resource; an untouched one begins at the revision of the opening.
    func history(_ resource: GroupResource, openedAt floor: UInt64) -> ChangeHistory {
        histories[resource] ?? ChangeHistory(maximumCount: historyCount, floor: floor)
    }

    /// Puts an object in place while loading; no history.
    mutating func load(_ object: StoredObject) {
        tables[object.key.resource, default: ResourceTable()].set(object)
        for owner in Self.owners(object) { dependents[owner, default: []].insert(object.key) }
    }

    /// Makes a durable change visible.
    mutating func apply(_ change: Change, openedAt floor: UInt64) {
        let object = change.object
        let resource = object.key.resource
        if let previous = change.previous {
            for owner in Self.owners(previous) { removeDependent(object.key, of: owner) }
        }
        if change.kind == .deleted {
            tables[resource]?.remove(namespace: object.namespace, name: object.name)
        } else {
            load(object)
        }
        histories[resource, default: ChangeHistory(maximumCount: historyCount, floor: floor)].append(change)
        revision = max(revision, change.revision)
    }

    private mutating func removeDependent(_ key: ObjectKey, of owner: String) {
        dependents[owner]?.remove(key)
        if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
    }

    private static func owners(_ object: StoredObject) -> [String] {
        object.value["metadata"]?["ownerReferences"]?.arrayValue?.compactMap { $0["uid"]?.stringValue } ?? []
    }
}
