import Document

/// A resource as the server's discovery describes it.
public struct APIResource: Sendable, Hashable {
    /// API group; empty for core.
    public let group: String
    /// Version.
    public let version: String
    /// Plural name, as in paths.
    public let plural: String
    /// Singular name.
    public let singular: String
    /// Kind of its objects.
    public let kind: String
    /// Short names.
    public let shortNames: [String]
    /// Categories, such as `all`.
    public let categories: [String]
    /// True when objects live in namespaces.
    public let isNamespaced: Bool
    /// What can be done with it.
    public let verbs: [String]
    /// Its subresources.
    public let subresources: [String]

    /// `v1`, `apps/v1`.
    public var apiVersion: String { self.group.isEmpty ? self.version : "\(self.group)/\(self.version)" }

    /// `pods`, `deployments.apps`: the name in messages.
    public var qualifiedName: String { self.group.isEmpty ? self.plural : "\(self.plural).\(self.group)" }

    /// `pod/x`, `deployment.apps/x`: how results name an object.
    public func reference(_ name: String) -> String {
        self.group.isEmpty ? "\(self.singular)/\(name)" : "\(self.singular).\(self.group)/\(name)"
    }

    /// The path of a collection, or with `name` of one object.
    public func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
        var path = self.group.isEmpty ? "/api/\(self.version)" : "/apis/\(self.group)/\(self.version)"
        if self.isNamespaced, let namespace { path += "/namespaces/\(namespace)" }
        path += "/\(self.plural)"
        if let name { path += "/\(name)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }

    /// True when a person who says `word` may mean this resource.
    func answers(to word: String) -> Bool {
        let word = word.lowercased()
        let names = [self.plural, self.singular, self.kind.lowercased()] + self.shortNames
        return names.contains(word) || names.contains { "\($0).\(self.group)" == word }
            || names.contains { "\($0).\(self.version).\(self.group)" == word }
    }

    /// The resources of an aggregated discovery document (`apidiscovery.k8s.io/v2`), in its order.
    static func list(discovery: JSONValue) -> [APIResource] {
        var resources: [APIResource] = []
        for group in discovery["items"]?.arrayValue ?? [] {
            let groupName = group["metadata"]?["name"]?.stringValue ?? ""
            // The first version is the preferred one.
            guard let version = group["versions"]?[0], let versionName = version["version"]?.stringValue else {
                continue
            }
            for item in version["resources"]?.arrayValue ?? [] {
                resources.append(APIResource(item, group: groupName, version: versionName))
            }
        }
        return resources
    }

    private init(_ item: JSONValue, group: String, version: String) {
        func texts(_ key: String) -> [String] { item[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        self.group = group
        self.version = version
        self.plural = item["resource"]?.stringValue ?? ""
        self.kind = item["responseKind"]?["kind"]?.stringValue ?? ""
        let singular = item["singularResource"]?.stringValue ?? ""
        self.singular = singular.isEmpty ? self.kind.lowercased() : singular
        self.shortNames = texts("shortNames")
        self.categories = texts("categories")
        self.isNamespaced = item["scope"]?.stringValue == "Namespaced"
        self.verbs = texts("verbs")
        self.subresources = item["subresources"]?.arrayValue?.compactMap { $0["subresource"]?.stringValue } ?? []
    }
}
