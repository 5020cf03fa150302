import Document

/// A field selector: comparisons of a few named fields, all of which must hold.
public struct FieldSelector: Sendable, Hashable {
    /// One comparison.
    public struct Requirement: Sendable, Hashable {
        /// The field's path, `status.phase`.
        public let field: String
        /// The value compared with.
        public let value: String
        /// Whether the field must differ.
        public let negated: Bool

        /// Makes a comparison.
        public init(field: String, value: String, negated: Bool = false) {
            self.field = field
            self.value = value
            self.negated = negated
        }
    }

    /// The comparisons.
    public let requirements: [Requirement]

    /// Makes a selector; without comparisons it matches everything.
    public init(_ requirements: [Requirement] = []) {
        self.requirements = requirements
    }

    /// Whether there are no comparisons.
    public var isEmpty: Bool { requirements.isEmpty }

    /// Reads the query form `a=b,c!=d` (`==` is `=`); a backslash keeps the next character literal.
    public static func parse(_ text: String) throws(ClusterError) -> FieldSelector {
        var requirements: [Requirement] = []
        for term in split(text) where !term.isEmpty {
            guard let sign = term.firstIndex(of: "=") else {
                throw .badRequest("invalid field selector \"\(text)\": \"\(term)\" has no '='")
            }
            var field = term[..<sign]
            let negated = field.hasSuffix("!")
            if negated { field = field.dropLast() }
            var value = term[term.index(after: sign)...]
            if !negated, value.hasPrefix("=") { value = value.dropFirst() }
            requirements.append(
                Requirement(field: trimmed(field), value: unescaped(value), negated: negated))
        }
        return FieldSelector(requirements)
    }

    /// Refuses fields that `resource` does not offer for selection.
    public func check(for resource: ResourceKind) throws(ClusterError) {
        for requirement in requirements
        where !Self.common.contains(requirement.field) && !resource.selectableFields.contains(requirement.field) {
            throw .badRequest("field label not supported: \(requirement.field)")
        }
    }

    /// Whether the object satisfies every comparison.
    public func matches(_ object: StoredObject) -> Bool {
        requirements.allSatisfy { requirement in
            (Self.value(of: requirement.field, in: object) == requirement.value) != requirement.negated
        }
    }

    private static let common: Set<String> = ["metadata.name", "metadata.namespace"]

    private static func value(of field: String, in object: StoredObject) -> String {
        switch field {
        case "metadata.name": return object.name
        case "metadata.namespace": return object.namespace
        default: break
        }
        switch object.value.at(SelectableField.path(field, in: object.key.resource)) {
        case .string(let text): return text
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        default: return SelectableField.absentValue(field)
        }
    }

    private static func split(_ text: String) -> [Substring] {
        var terms: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == "\\" {
                index = text.index(after: index)
                if index == text.endIndex { break }
            } else if text[index] == "," {
                terms.append(text[start..<index])
                start = text.index(after: index)
            }
            index = text.index(after: index)
        }
        terms.append(text[start...])
        return terms
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var rest = text.makeIterator()
        while let character = rest.next() {
            if character == "\\", let next = rest.next() { result.append(next) } else { result.append(character) }
        }
        return result
    }
}

/// Where selectable fields stand in the stored form.
enum SelectableField {
    /// The path of a selectable field; a few are spelt differently from where they stand.
    static func path(_ field: String, in resource: GroupResource) -> [String] {
        switch (resource, field) {
        case (.events, "source"): ["source", "component"]
        case (.events, let name) where name.hasPrefix("regarding."):
            ["involvedObject", String(name.dropFirst("regarding.".count))]
        default: field.split(separator: ".").map(String.init)
        }
    }

    /// What an absent field compares equal to.
    static func absentValue(_ field: String) -> String {
        switch field {
        case "spec.hostNetwork", "spec.unschedulable": "false"
        default: ""
        }
    }
}
