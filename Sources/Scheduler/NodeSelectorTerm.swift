/// One comparison of a node's label or field (core/v1 NodeSelectorRequirement).
public struct NodeRequirement: Sendable, Hashable {
    /// How the label's value is compared with `values`.
    public enum Comparison: String, Sendable, Hashable {
        /// The label is there and its value is one of `values`.
        case within = "In"
        /// The label is missing or its value is none of `values`.
        case notWithin = "NotIn"
        /// The label is there.
        case exists = "Exists"
        /// The label is missing.
        case doesNotExist = "DoesNotExist"
        /// The label is an integer greater than the only value.
        case greaterThan = "Gt"
        /// The label is an integer less than the only value.
        case lessThan = "Lt"
    }

    /// The label's key.
    public var key: String
    /// The comparison.
    public var comparison: Comparison
    /// The values compared with.
    public var values: [String]

    /// A requirement as written in `matchExpressions`.
    public init(key: String, comparison: Comparison, values: [String] = []) {
        self.key = key
        self.comparison = comparison
        self.values = values
    }

    /// Whether `labels` meet the requirement.
    public func matches(_ labels: [String: String]) -> Bool {
        let value = labels[key]
        switch comparison {
        case .within: return value.map(values.contains) ?? false
        case .notWithin: return !(value.map(values.contains) ?? false)
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .greaterThan: return comparesAsIntegers(value, by: >)
        case .lessThan: return comparesAsIntegers(value, by: <)
        }
    }

    private func comparesAsIntegers(_ value: String?, by order: (Int64, Int64) -> Bool) -> Bool {
        guard let value, let left = Int64(value), values.count == 1, let right = Int64(values[0]) else { return false }
        return order(left, right)
    }
}

/// One alternative of a node selector: label comparisons and comparisons of `metadata.name`.
public struct NodeSelectorTerm: Sendable, Hashable {
    /// Comparisons of the node's labels.
    public var labels: [NodeRequirement]
    /// Comparisons of the node's fields; `metadata.name` is the only one there is.
    public var fields: [NodeRequirement]

    /// A term as written in `nodeSelectorTerms`.
    public init(labels: [NodeRequirement] = [], fields: [NodeRequirement] = []) {
        self.labels = labels
        self.fields = fields
    }

    /// Whether the node meets the term; an empty term matches no node (core/v1 NodeSelectorTerm).
    public func matches(name: String, labels nodeLabels: [String: String]) -> Bool {
        if labels.isEmpty && fields.isEmpty { return false }
        return labels.allSatisfy { $0.matches(nodeLabels) }
            && fields.allSatisfy { $0.matches(["metadata.name": name]) }
    }
}
