import Document

/// A label selector: all requirements must hold; an empty one matches everything.
public struct LabelSelector: Sendable, Hashable {
    /// One condition on one label.
    public struct Requirement: Sendable, Hashable {
        /// How the label is compared.
        public enum Operator: String, Sendable, Hashable {
            /// The value is one of the listed.
            case `in` = "In"
            /// The value is none of the listed; a missing label matches.
            case notIn = "NotIn"
            /// The label is present.
            case exists = "Exists"
            /// The label is absent.
            case doesNotExist = "DoesNotExist"
        }

        /// The label's key.
        public let key: String
        /// How the label is compared.
        public let comparison: Operator
        /// The values of `in` and `notIn`.
        public let values: [String]

        /// Makes a condition.
        public init(key: String, comparison: Operator, values: [String] = []) {
            self.key = key
            self.comparison = comparison
            self.values = values
        }

        /// Whether `labels` satisfy the condition.
        public func matches(_ labels: [String: String]) -> Bool {
            switch comparison {
            case .in: labels[key].map(values.contains) ?? false
            case .notIn: labels[key].map { !values.contains($0) } ?? true
            case .exists: labels[key] != nil
            case .doesNotExist: labels[key] == nil
            }
        }
    }

    /// The conditions.
    public let requirements: [Requirement]

    /// Makes a selector; without conditions it matches everything.
    public init(_ requirements: [Requirement] = []) {
        self.requirements = requirements
    }

    /// A selector of exact labels.
    public init(labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map {
            Requirement(key: $0.key, comparison: .in, values: [$0.value])
        }
    }

    /// Reads `spec.selector` of a workload (`matchLabels`, `matchExpressions`); malformed parts are refused with 400.
    public init(json: JSONValue) throws(ClusterError) {
        var requirements: [Requirement] = []
        for (key, value) in json["matchLabels"]?.objectValue ?? [:] {
            requirements.append(Requirement(key: key, comparison: .in, values: [value.stringValue ?? ""]))
        }
        for expression in json["matchExpressions"]?.arrayValue ?? [] {
            let name = expression["operator"]?.stringValue ?? ""
            guard let key = expression["key"]?.stringValue, let comparison = Requirement.Operator(rawValue: name) else {
                throw .badRequest("\"\(name)\" is not a valid label selector operator")
            }
            let values = expression["values"]?.arrayValue?.compactMap(\.stringValue) ?? []
            requirements.append(Requirement(key: key, comparison: comparison, values: values))
        }
        self.requirements = requirements
    }

    /// Reads the query form: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    public static func parse(_ text: String) throws(ClusterError) -> LabelSelector {
        var parser = SelectorParser(text)
        return LabelSelector(try parser.requirements())
    }

    /// Whether there are no conditions.
    public var isEmpty: Bool { requirements.isEmpty }

    /// Whether `labels` satisfy every condition.
    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels) }
    }

    /// The query form, as `Scale.status.selector` shows it.
    public var description: String {
        requirements.map { requirement in
            let list = requirement.values.joined(separator: ",")
            switch requirement.comparison {
            case .in where requirement.values.count == 1: return "\(requirement.key)=\(list)"
            case .in: return "\(requirement.key) in (\(list))"
            case .notIn where requirement.values.count == 1: return "\(requirement.key)!=\(list)"
            case .notIn: return "\(requirement.key) notin (\(list))"
            case .exists: return requirement.key
            case .doesNotExist: return "!\(requirement.key)"
            }
        }.joined(separator: ",")
    }
}

/// Reads the query form of label selectors.
private struct SelectorParser {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    mutating func requirements() throws(ClusterError) -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        skipSpace()
        while !rest.isEmpty {
            requirements.append(try requirement())
            skipSpace()
            if rest.isEmpty { break }
            guard take(",") else { throw fail("expected ',' before \"\(rest)\"") }
            skipSpace()
            if rest.isEmpty { throw fail("expected a requirement after the last ','") }
        }
        return requirements
    }

    private mutating func requirement() throws(ClusterError) -> LabelSelector.Requirement {
        if take("!") {
            skipSpace()
            return .init(key: try key(), comparison: .doesNotExist)
        }
        let key = try key()
        skipSpace()
        if take("!=") { return .init(key: key, comparison: .notIn, values: [try value()]) }
        if take("==") || take("=") { return .init(key: key, comparison: .in, values: [try value()]) }
        if takeWord("notin") { return .init(key: key, comparison: .notIn, values: try values()) }
        if takeWord("in") { return .init(key: key, comparison: .in, values: try values()) }
        return .init(key: key, comparison: .exists)
    }

    private mutating func key() throws(ClusterError) -> String {
        let key = word()
        if let problem = NameRules.qualifiedName(key) { throw fail("invalid label key \"\(key)\": \(problem)") }
        return key
    }

    private mutating func value() throws(ClusterError) -> String {
        skipSpace()
        let value = word()
        if let problem = NameRules.labelValue(value) { throw fail("invalid label value \"\(value)\": \(problem)") }
        return value
    }

    private mutating func values() throws(ClusterError) -> [String] {
        skipSpace()
        guard take("(") else { throw fail("expected '(' before \"\(rest)\"") }
        var values: [String] = []
        repeat {
            values.append(try value())
            skipSpace()
        } while take(",")
        guard take(")") else { throw fail("expected ')' before \"\(rest)\"") }
        return values
    }

    private mutating func word() -> String {
        let word = rest.prefix { !"=!,()<> \t".contains($0) }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func take(_ token: String) -> Bool {
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    /// Takes a keyword that is followed by a space or a bracket.
    private mutating func takeWord(_ token: String) -> Bool {
        guard rest.hasPrefix(token), let next = rest.dropFirst(token.count).first, " \t(".contains(next) else {
            return false
        }
        return take(token)
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\t" }
    }

    private func fail(_ detail: String) -> ClusterError {
        .badRequest("unable to parse requirement of the label selector \"\(text)\": \(detail)")
    }
}
