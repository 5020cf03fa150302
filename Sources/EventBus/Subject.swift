/// The thing an event is about, such as `pods/default/web` or `container/4f0c…`.
public struct Subject: Sendable, Hashable, CustomStringConvertible {
    /// The class of thing: a Kubernetes resource (plural), or `container`, `image`, `build`, `node`, `port`, `module`.
    public let kind: String
    /// Its name within the class; `namespace/name` for namespaced objects.
    public let id: String

    /// A subject of any class.
    public init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    /// Reads `kind/id`; nil without a slash or with an empty side.
    public init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let kind = String(text[..<slash])
        let id = String(text[text.index(after: slash)...])
        guard !kind.isEmpty, !id.isEmpty else { return nil }
        self.init(kind: kind, id: id)
    }

    /// `kind/id`.
    public var description: String { "\(kind)/\(id)" }

    /// A container, by its full id.
    public static func container(_ id: String) -> Subject { Subject(kind: "container", id: id) }

    /// An image, by reference or digest.
    public static func image(_ reference: String) -> Subject { Subject(kind: "image", id: reference) }

    /// A build, by its id.
    public static func build(_ id: String) -> Subject { Subject(kind: "build", id: id) }

    /// A published port, as `address:port/protocol`.
    public static func port(_ id: String) -> Subject { Subject(kind: "port", id: id) }

    /// A module of the platform.
    public static func module(_ module: Module) -> Subject { Subject(kind: "module", id: module.rawValue) }

    /// A Kubernetes object, by the plural name of its resource; `namespace` is nil or empty when it has none.
    public static func object(_ resource: String, namespace: String?, name: String) -> Subject {
        guard let namespace, !namespace.isEmpty else { return Subject(kind: resource, id: name) }
        return Subject(kind: resource, id: "\(namespace)/\(name)")
    }
}
