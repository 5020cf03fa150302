/// What a taint does to pods that do not tolerate it.
public enum TaintEffect: String, Sendable, Hashable {
    /// New pods are kept away.
    case noSchedule = "NoSchedule"
    /// New pods are kept away if another node serves.
    case preferNoSchedule = "PreferNoSchedule"
    /// New pods are kept away and running ones are evicted.
    case noExecute = "NoExecute"
}

/// A node's mark that keeps pods away (core/v1 Taint).
public struct Taint: Sendable, Hashable {
    /// The taint's key, a qualified name.
    public var key: String
    /// The taint's value, often empty.
    public var value: String
    /// What it does.
    public var effect: TaintEffect

    /// A taint as written in `spec.taints`.
    public init(key: String, value: String = "", effect: TaintEffect) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    /// The form in which Kubernetes names a taint in a message: `{key: value}`.
    var phrase: String { "{\(key): \(value)}" }
}

/// A pod's statement that it may run in spite of a taint (core/v1 Toleration).
public struct Toleration: Sendable, Hashable {
    /// How `key` and `value` are compared.
    public enum Comparison: String, Sendable, Hashable {
        /// Key and value are equal.
        case equal = "Equal"
        /// The key is equal, or empty for any.
        case exists = "Exists"
    }

    /// The key tolerated; empty with `exists` tolerates every key.
    public var key: String
    /// How it compares.
    public var comparison: Comparison
    /// The value tolerated.
    public var value: String
    /// The effect tolerated; nil tolerates each.
    public var effect: TaintEffect?

    /// A toleration as written in `spec.tolerations`.
    public init(
        key: String = "", comparison: Comparison = .equal, value: String = "", effect: TaintEffect? = nil
    ) {
        self.key = key
        self.comparison = comparison
        self.value = value
        self.effect = effect
    }

    /// Whether this toleration covers `taint`.
    public func covers(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        if key.isEmpty { return comparison == .exists }
        guard key == taint.key else { return false }
        return comparison == .exists || value == taint.value
    }
}
