import Document
import Effects

// Readings of object parts that the engines share. A missing or mistyped part reads as empty: stored objects
// have passed validation, so these never hide an error of a user.
extension JSONValue {
    /// The object's string members, such as labels; others are left out.
    public var stringMap: [String: String] {
        guard let object = objectValue else { return [:] }
        var map: [String: String] = [:]
        for (key, value) in object {
            if let text = value.stringValue { map[key] = text }
        }
        return map
    }

    /// The array's strings, in order.
    public var stringList: [String] { (arrayValue ?? []).compactMap(\.stringValue) }

    /// The text read as RFC 3339; nil for anything else.
    public var timestampValue: Timestamp? { stringValue.flatMap { Timestamp(rfc3339: $0) } }

    /// The elements at a path, empty when there is no array.
    public func items(_ path: String...) -> [JSONValue] {
        var value: JSONValue? = self
        for key in path { value = value?[key] }
        return value?.arrayValue ?? []
    }

    /// The text at a path, empty when there is none.
    public func text(_ path: String...) -> String {
        var value: JSONValue? = self
        for key in path { value = value?[key] }
        return value?.stringValue ?? ""
    }

    /// An array of strings.
    public static func strings(_ texts: some Sequence<String>) -> JSONValue {
        .array(texts.map { .string($0) })
    }

    /// An object of strings in key order.
    public static func map(_ pairs: [String: String]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in pairs.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
        return .object(object)
    }

    /// The condition of the given type in `status.conditions`.
    public func condition(_ type: String) -> JSONValue? {
        items("status", "conditions").first { $0.text("type") == type }
    }
}
