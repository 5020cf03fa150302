import Document

/// Reads one JSON object field by field and refuses what nobody read.
///
/// Null and absent are the same (clients of the Engine API send both). A field that no reader asked for is accepted
/// only while it is empty, so a feature this runtime lacks is refused by name, never dropped silently.
struct FieldReader {
    /// Where the object stands in the request, for messages: `HostConfig`.
    let path: String
    private let object: JSONObject
    private var seen: Set<String> = []

    init(_ value: JSONValue?, path: String) throws(RuntimeError) {
        self.path = path
        switch value {
        case nil, .null?: object = JSONObject()
        case .object(let object)?: self.object = object
        default: throw RuntimeError(.invalid, "\(path) must be a JSON object")
        }
    }

    private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func wrong(_ key: String, expected: String) -> RuntimeError {
        RuntimeError(.invalid, "\(name(key)) must be \(expected)")
    }

    /// The raw value; nil when absent or null.
    mutating func value(_ key: String) -> JSONValue? {
        seen.insert(key)
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    mutating func string(_ key: String) throws(RuntimeError) -> String? {
        switch value(key) {
        case nil: return nil
        case .string(let text)?: return text
        default: throw wrong(key, expected: "a string")
        }
    }

    mutating func bool(_ key: String) throws(RuntimeError) -> Bool? {
        switch value(key) {
        case nil: return nil
        case .bool(let flag)?: return flag
        default: throw wrong(key, expected: "true or false")
        }
    }

    mutating func integer(_ key: String) throws(RuntimeError) -> Int64? {
        switch value(key) {
        case nil: return nil
        case .integer(let number)?: return number
        default: throw wrong(key, expected: "an integer")
        }
    }

    /// A list of strings; one bare string counts as a list of one (the Engine API's `strslice`).
    mutating func strings(_ key: String) throws(RuntimeError) -> [String]? {
        switch value(key) {
        case nil: return nil
        case .string(let text)?: return [text]
        case .array(let items)?:
            var out: [String] = []
            for item in items {
                guard case .string(let text) = item else { throw wrong(key, expected: "a list of strings") }
                out.append(text)
            }
            return out
        default: throw wrong(key, expected: "a list of strings")
        }
    }

    mutating func stringMap(_ key: String) throws(RuntimeError) -> [String: String] {
        switch value(key) {
        case nil: return [:]
        case .object(let object)?:
            var out: [String: String] = [:]
            for (name, value) in object {
                switch value {
                case .string(let text): out[name] = text
                case .null: out[name] = ""
                default: throw wrong("\(key).\(name)", expected: "a string")
                }
            }
            return out
        default: throw wrong(key, expected: "an object of strings")
        }
    }

    /// The names of an object whose values are empty objects (`{"80/tcp": {}}`).
    mutating func keys(_ key: String) throws(RuntimeError) -> [String] {
        switch value(key) {
        case nil: return []
        case .object(let object)?: return object.map { $0.key }
        default: throw wrong(key, expected: "an object")
        }
    }

    /// Readers over the objects of a list.
    mutating func objects(_ key: String) throws(RuntimeError) -> [FieldReader] {
        switch value(key) {
        case nil: return []
        case .array(let items)?:
            var out: [FieldReader] = []
            for (index, item) in items.enumerated() {
                out.append(try FieldReader(item, path: "\(name(key))[\(index)]"))
            }
            return out
        default: throw wrong(key, expected: "a list of objects")
        }
    }

    /// A reader over one object; empty when it is absent.
    mutating func object(_ key: String) throws(RuntimeError) -> FieldReader {
        try FieldReader(value(key), path: name(key))
    }

    /// Readers over the objects of a map, by name.
    mutating func objectMap(_ key: String) throws(RuntimeError) -> [(key: String, reader: FieldReader)] {
        switch value(key) {
        case nil: return []
        case .object(let object)?:
            var out: [(key: String, reader: FieldReader)] = []
            for (name, value) in object {
                out.append((name, try FieldReader(value, path: "\(self.name(key)).\(name)")))
            }
            return out
        default: throw wrong(key, expected: "an object")
        }
    }

    /// Whether the object has no fields at all.
    var isEmpty: Bool { object.isEmpty }

    /// Refuses the first field that was not read and is not empty.
    func finish() throws(RuntimeError) {
        for (key, value) in object where !seen.contains(key) && !Self.isBlank(value) {
            throw RuntimeError(.unsupported, "\(name(key)) is not supported by skiff; leave it out")
        }
    }

    private static func isBlank(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .bool(let flag): !flag
        case .integer(let number): number == 0
        case .number(let number): number == 0
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        case .object(let object): object.allSatisfy { isBlank($0.value) }
        }
    }
}
