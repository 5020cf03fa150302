/// An ordered map from strings to JSON values: insertion order is kept, look-up is O(1) for large objects.
///
/// Kubernetes objects are trees of small objects, where a linear scan beats hashing; an index appears only when
/// more than `indexThreshold` keys are present. Equality and hashing ignore the order of keys.
public struct JSONObject: Sendable {
    /// One key with its value.
    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline let key: String
        @usableFromInline var value: JSONValue

        @usableFromInline
        init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Objects with more keys than this keep a hash index.
    static let indexThreshold = 16

    @usableFromInline var entries: [Entry] = []
    /// Positions by key; `nil` while the object is small.
    private var positions: [String: Int]?

    /// Makes an empty object.
    public init() {}

    /// Makes an empty object with room for `capacity` keys.
    public init(minimumCapacity capacity: Int) {
        entries.reserveCapacity(capacity)
    }

    /// Takes over members that a reader collected; `nil` when a key stands twice and `mayRepeat` is false, otherwise the
    /// last value of a repeated key stays.
    init?(_ members: ArraySlice<Entry>, mayRepeat: Bool) {
        entries = Array(members)
        guard mayRepeat || entries.count > Self.indexThreshold else { return }
        var seen = [String: Int](minimumCapacity: entries.count)
        for (position, entry) in entries.enumerated() {
            guard let former = seen.updateValue(position, forKey: entry.key) else { continue }
            guard mayRepeat else { return nil }
            entries[former].value = entry.value
            seen[entry.key] = former
        }
        if seen.count < entries.count {
            entries = entries.enumerated().filter { seen[$1.key] == $0 }.map(\.element)
            rebuildIndex()
        } else if entries.count > Self.indexThreshold {
            positions = seen
        }
    }

    /// The number of keys.
    public var count: Int { entries.count }

    /// Whether there is no key.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys in order.
    public var keys: [String] { entries.map(\.key) }

    /// The values in the order of their keys.
    public var values: [JSONValue] { entries.map(\.value) }

    /// The value of `key`; setting `nil` removes the key, a new key goes to the end.
    public subscript(key: String) -> JSONValue? {
        get {
            guard let position = position(of: key) else { return nil }
            return entries[position].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                entries[position].value = newValue
            } else {
                appendNew(key: key, value: newValue)
            }
        }
    }

    /// Changes the value of `key` in place without copying it; a missing key is handed over as `null` and stored.
    public mutating func update<Result, Failure: Error>(
        _ key: String,
        _ change: (inout JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let position: Int
        if let found = self.position(of: key) {
            position = found
        } else {
            position = entries.count
            appendNew(key: key, value: .null)
        }
        return try change(&entries[position].value)
    }

    /// Removes `key` and returns its value, or `nil` when it was absent.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = position(of: key) else { return nil }
        let removed = entries.remove(at: position).value
        if positions != nil { rebuildIndex() }
        return removed
    }

    /// Appends `key` unless it is present; returns whether it was appended.
    mutating func insert(key: String, value: JSONValue) -> Bool {
        guard position(of: key) == nil else { return false }
        appendNew(key: key, value: value)
        return true
    }

    /// The same object with its keys in ascending order of their UTF-8 bytes.
    public func sortedByKey() -> JSONObject {
        var sorted = JSONObject(minimumCapacity: count)
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            sorted.appendNew(key: entry.key, value: entry.value)
        }
        return sorted
    }

    /// The position of `key`, or `nil`.
    private func position(of key: String) -> Int? {
        if let positions { return positions[key] }
        for position in entries.indices where entries[position].key == key { return position }
        return nil
    }

    /// Appends a key that the caller knows to be absent.
    private mutating func appendNew(key: String, value: JSONValue) {
        entries.append(Entry(key: key, value: value))
        if positions != nil {
            positions?[key] = entries.count - 1
        } else if entries.count > Self.indexThreshold {
            rebuildIndex()
        }
    }

    /// Makes the index anew, or drops it when the object has become small.
    private mutating func rebuildIndex() {
        guard entries.count > Self.indexThreshold else {
            positions = nil
            return
        }
        var rebuilt = [String: Int](minimumCapacity: entries.count)
        for (position, entry) in entries.enumerated() { rebuilt[entry.key] = position }
        positions = rebuilt
    }
}

extension JSONObject: Hashable {
    /// Whether both have the same keys with the same values, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        for (position, entry) in left.entries.enumerated() {
            // Objects that are compared usually have the same order: try the same place first.
            let other = right.entries[position]
            if other.key == entry.key {
                if other.value != entry.value { return false }
            } else if right[entry.key] != entry.value {
                return false
            }
        }
        return true
    }

    /// Hashes keys and values independently of their order.
    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for entry in entries {
            var inner = Hasher()
            inner.combine(entry.key)
            inner.combine(entry.value)
            combined ^= inner.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: Sequence {
    /// Walks keys and values in order.
    public struct Iterator: IteratorProtocol {
        private var base: IndexingIterator<[Entry]>

        init(_ entries: [Entry]) { base = entries.makeIterator() }

        /// The next key and value, or `nil` at the end.
        public mutating func next() -> (key: String, value: JSONValue)? {
            base.next().map { ($0.key, $0.value) }
        }
    }

    /// An iterator over keys and values in order.
    public func makeIterator() -> Iterator { Iterator(entries) }

    /// The number of keys, exactly.
    public var underestimatedCount: Int { entries.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object from a literal; of a repeated key the last value stays.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(minimumCapacity: elements.count)
        for (key, value) in elements { self[key] = value }
    }
}
