/// One resource of the API: its names, its verbs and its columns.
public struct ResourceKind: Sendable {
    /// The API group; empty for core.
    public let group: String
    /// The version.
    public let version: String
    /// The kind, `Pod`.
    public let kind: String
    /// The plural name, `pods`.
    public let plural: String
    /// The singular name, `pod`.
    public let singular: String
    /// Short names, `po`.
    public let shortNames: [String]
    /// Categories, `all`.
    public let categories: [String]
    /// Whether objects live in namespaces.
    public let isNamespaced: Bool
    /// The verbs it allows.
    public let verbs: [String]
    /// The subresources it has.
    public let subresources: [Subresource]
    /// The fields that field selectors may name, besides name and namespace.
    public let selectableFields: Set<String>
    /// The columns of its table.
    public internal(set) var columns: [TableColumn] = []
    /// The index of its type in `Schema.messages`.
    public let message: Int

    /// The kind of its lists, `PodList`.
    public var listKind: String { kind + "List" }

    /// `v1`, `apps/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// Where its objects are stored. `events.k8s.io` is a view of the core events.
    public var storage: GroupResource {
        group == "events.k8s.io" ? .events : GroupResource(plural, group: group)
    }

    /// Whether its objects are stored in another form than it shows.
    public var isView: Bool { group == "events.k8s.io" }

    /// Whether deletion waits for the object's grace period.
    public var deletesGracefully: Bool { storage == .pods }
}

/// A kind that is only ever a request's body: `Binding`, `Eviction`, `Scale`, …
public struct BodyKind: Sendable {
    /// The API group; empty for core.
    public let group: String
    /// The version.
    public let version: String
    /// The kind.
    public let kind: String
    /// The index of its type in `Schema.messages`.
    public let message: Int
}

/// A column of a resource's table.
public struct TableColumn: Sendable {
    /// The header.
    public let name: String
    /// `string` or `integer`.
    public let type: String
    /// `name` for the object's name, otherwise empty.
    public let format: String
    /// 0 is always shown, 1 only in wide output.
    public let priority: Int
    /// How the cell is computed: `name`, `age`, `path:…`, `count:…` or the name of a renderer.
    public let cell: String
    /// What the column means.
    public let documentation: String
}
