// Image documents are named by the digest of their bytes, so equal values must give equal bytes:
// maps are written in byte order of their keys, not in the random order of a dictionary.

struct TextKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedEncodingContainer {
    mutating func encodeSorted(_ map: [String: some Encodable]?, forKey key: Key) throws {
        guard let map else { return }
        var nested = nestedContainer(keyedBy: TextKey.self, forKey: key)
        for (name, value) in map.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try nested.encode(value, forKey: TextKey(name))
        }
    }
}

extension KeyedDecodingContainer {
    /// A list that writers in Go leave out or write as `null` when it is empty.
    func decodeList<Element: Decodable>(_: Element.Type = Element.self, forKey key: Key) throws -> [Element] {
        try decodeIfPresent([Element].self, forKey: key) ?? []
    }
}

/// A set of strings that JSON writes as an object with empty objects, as `ExposedPorts` and `Volumes` are.
public struct ObjectSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// The members.
    public var members: Set<String>

    /// Makes a set of its members.
    public init(_ members: some Sequence<String>) { self.members = Set(members) }

    /// Makes a set of its members.
    public init(arrayLiteral elements: String...) { members = Set(elements) }

    /// The members in byte order.
    public var sorted: [String] { members.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}

extension ObjectSet: Codable {
    private struct Nothing: Codable {}

    /// Reads the keys of an object; the values are not looked at.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: TextKey.self)
        members = Set(container.allKeys.map(\.stringValue))
    }

    /// Writes an object with empty objects, in byte order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: TextKey.self)
        for member in sorted {
            try container.encode(Nothing(), forKey: TextKey(member))
        }
    }
}
