/// A table of the `ip` family: the unit that one owner makes, fills and deletes.
public struct Table: Sendable, Hashable {
    /// The table's name.
    public let name: Identifier

    /// The table of this name.
    public init(_ name: Identifier) { self.name = name }

    /// The table of one cluster for one purpose; a cluster name that is no plain identifier is told apart by a hash.
    public init(cluster: String, purpose: Identifier) {
        // Purpose and prefix are plain names, so only the cluster's part can be refused.
        if let plain = try? Identifier(validating: "skiff-\(purpose)-\(cluster)") {
            name = plain
        } else {
            name = Identifier(trusted: "skiff-\(purpose)-h" + StableHash.hex(cluster, digits: 16))
        }
    }

    var rendered: String { "ip \(name)" }
}

/// Where in the kernel a base chain is called.
public struct Hook: Sendable, Hashable {
    /// What a base chain may do (nft(8), CHAINS).
    public enum Kind: String, Sendable { case filter, nat }

    /// The place in the packet's path.
    public enum Place: String, Sendable { case prerouting, input, forward, output, postrouting }

    /// Filter or address translation.
    public let kind: Kind
    /// The place in the packet's path.
    public let place: Place
    /// Lower numbers are called first; connection tracking is at -200, destination translation at -100.
    public let priority: Int32

    /// A hook of this kind and place.
    public init(_ kind: Kind, _ place: Place, priority: Int32) {
        self.kind = kind
        self.place = place
        self.priority = priority
    }
}

/// A chain of rules; with a hook it is a base chain that the kernel calls, its policy always accept.
public struct Chain: Sendable, Hashable {
    /// The chain's name, unique in its table.
    public let name: Identifier
    /// Where the kernel calls it; nil for a chain that rules go to.
    public let hook: Hook?

    /// A chain of this name.
    public init(_ name: Identifier, hook: Hook? = nil) {
        self.name = name
        self.hook = hook
    }

    var rendered: String {
        guard let hook else { return name.description }
        return
            "\(name) { type \(hook.kind.rawValue) hook \(hook.place.rawValue) priority \(hook.priority) ; policy accept ; }"
    }
}

/// What a map gives for a key.
public enum MapValue: Sendable, Hashable {
    /// A verdict: the map is used by `Statement.verdictMap`.
    case verdict
    /// An address and a port: the map is used by `Statement.rewriteDestination`.
    case addressAndPort
}

/// A map from what an expression reads to a verdict or an address.
public struct MapDeclaration: Sendable, Hashable {
    /// The map's name, unique in its table.
    public let name: Identifier
    /// The expression whose value is looked up; it also types the keys.
    public let key: Expression
    /// What the map gives.
    public let value: MapValue

    /// A map of this name.
    public init(_ name: Identifier, key: Expression, value: MapValue) {
        self.name = name
        self.key = key
        self.value = value
    }

    var rendered: String {
        let data =
            switch value {
            case .verdict: "verdict"
            case .addressAndPort: "ip daddr . th dport"
            }
        return "\(name) { typeof \(key.rendered) : \(data) ; }"
    }
}

/// A set of what an expression reads.
public struct SetDeclaration: Sendable, Hashable {
    /// The set's name, unique in its table.
    public let name: Identifier
    /// The expression whose value is looked up; it also types the elements.
    public let key: Expression
    /// Whether elements may be ranges.
    public let holdsRanges: Bool

    /// A set of this name.
    public init(_ name: Identifier, key: Expression, holdsRanges: Bool = false) {
        self.name = name
        self.key = key
        self.holdsRanges = holdsRanges
    }

    var rendered: String {
        "\(name) { typeof \(key.rendered) ;" + (holdsRanges ? " flags interval ;" : "") + " }"
    }
}

/// One element of a set, or of a map when it carries data.
public struct Element: Sendable, Hashable {
    /// What the element gives for its key.
    public enum Content: Sendable, Hashable {
        /// A set's element: nothing.
        case none
        /// A verdict map's element.
        case verdict(Verdict)
        /// A data map's element.
        case value(Value)
    }

    /// The key.
    public let key: Value
    /// What it gives.
    public let content: Content

    /// An element of a set.
    public init(_ key: Value) { self.init(key, .none) }

    /// An element of a map.
    public init(_ key: Value, _ content: Content) {
        self.key = key
        self.content = content
    }

    var rendered: String {
        switch content {
        case .none: key.rendered
        case .verdict(let verdict): "\(key.rendered) : \(verdict.rendered)"
        case .value(let value): "\(key.rendered) : \(value.rendered)"
        }
    }
}
