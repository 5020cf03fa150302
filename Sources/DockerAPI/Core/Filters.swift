import Document

/// The `filters` parameter of list and event routes: `{"k": {"v": true}}` (Go clients) or `{"k": ["v"]}` (Python). Pure.
public struct Filters: Sendable, Hashable {
    private var values: [String: [String]] = [:]

    /// Reads the parameter; nil and the empty text filter nothing.
    /// - Throws: `EngineError` `.invalid` for broken JSON or a name outside `allowed`.
    public init(_ text: String?, allowed: Set<String>) throws(EngineError) {
        guard let text, !text.isEmpty else { return }
        guard let json = try? JSONReader.parse(text), case .object(let object) = json else {
            throw EngineError(.invalid, "filters is not a JSON object: \(text.prefix(100))")
        }
        for (key, value) in object {
            guard allowed.contains(key) else { throw EngineError(.invalid, "Invalid filter '\(key)'") }
            switch value {
            case .array(let items): values[key] = items.compactMap(\.stringValue)
            case .object(let set): values[key] = set.filter { $0.value.boolValue != false }.map(\.key)
            default: throw EngineError(.invalid, "filter '\(key)' must be a list or an object")
            }
        }
    }

    /// The values of a filter; empty when it is not set.
    public subscript(_ key: String) -> [String] { values[key] ?? [] }

    /// Whether nothing is filtered.
    public var isEmpty: Bool { values.isEmpty }

    /// Whether `candidate` is among the values, or the filter is not set.
    public func allows(_ key: String, _ candidate: String) -> Bool {
        guard let wanted = values[key], !wanted.isEmpty else { return true }
        return wanted.contains(candidate)
    }

    /// Whether the labels meet every `label` (`key` or `key=value`) and no `label!` value.
    public func allowsLabels(_ labels: [String: String]) -> Bool {
        func meets(_ wish: String) -> Bool {
            guard let equals = wish.firstIndex(of: "=") else { return labels[wish] != nil }
            return labels[String(wish[..<equals])] == String(wish[wish.index(after: equals)...])
        }
        return self["label"].allSatisfy(meets) && !self["label!"].contains(where: meets)
    }
}
