import Document

/// The discovery documents, both the aggregated and the older form; pure functions of the schema.
public struct Discovery: Sendable {
    private let schema: Schema

    /// The discovery of `schema`.
    public init(schema: Schema = .kubernetes) {
        self.schema = schema
    }

    // MARK: - Aggregated

    /// `/api` (core) or `/apis` as `APIGroupDiscoveryList` (`apidiscovery.k8s.io/v2`).
    public func aggregated(core: Bool) -> JSONValue {
        let groups = core ? [""] : groupNames
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(
                groups.map { group in
                    [
                        "metadata": group.isEmpty
                            ? ["creationTimestamp": nil] : ["name": .string(group), "creationTimestamp": nil],
                        "versions": .array(versions(of: group).map { aggregatedVersion(group, $0) }),
                    ]
                }),
        ]
    }

    private func aggregatedVersion(_ group: String, _ version: String) -> JSONValue {
        [
            "version": .string(version), "freshness": "Current",
            "resources": .array(resources(group, version).map(aggregatedResource)),
        ]
    }

    private func aggregatedResource(_ resource: ResourceKind) -> JSONValue {
        var entry: JSONValue = [
            "resource": .string(resource.plural), "responseKind": Self.sameGroupKind(resource.kind),
            "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
            "verbs": Self.strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = Self.strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = Self.strings(resource.categories) }
        if !resource.subresources.isEmpty {
            entry["subresources"] = .array(
                resource.subresources.map { subresource in
                    let (group, version, kind) = Self.kind(of: subresource, resource)
                    return [
                        "subresource": .string(subresource.rawValue),
                        "responseKind": ["group": .string(group), "version": .string(version), "kind": .string(kind)],
                        "verbs": Self.strings(Self.verbs(of: subresource)),
                    ]
                })
        }
        return entry
    }

    // MARK: - Legacy

    /// `/api`.
    public func legacyVersions() -> JSONValue {
        [
            "kind": "APIVersions", "versions": Self.strings(versions(of: "")),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": ""]],
        ]
    }

    /// `/apis`.
    public func groupList() -> JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groupNames.map { groupEntry($0) }),
        ]
    }

    /// `/apis/GROUP`; `nil` when there is no such group.
    public func group(_ name: String) -> JSONValue? {
        guard groupNames.contains(name) else { return nil }
        var group: JSONValue = ["kind": "APIGroup", "apiVersion": "v1"]
        for (key, value) in groupEntry(name).objectValue ?? [:] { group[key] = value }
        return group
    }

    /// `/api/v1` or `/apis/GROUP/VERSION`; `nil` when there is no such version.
    public func resourceList(group: String, version: String) -> JSONValue? {
        let found = resources(group, version)
        guard !found.isEmpty else { return nil }
        var entries: [JSONValue] = []
        for resource in found {
            var entry: JSONValue = [
                "name": .string(resource.plural), "singularName": .string(resource.singular),
                "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": Self.strings(resource.verbs),
            ]
            if !resource.shortNames.isEmpty { entry["shortNames"] = Self.strings(resource.shortNames) }
            if !resource.categories.isEmpty { entry["categories"] = Self.strings(resource.categories) }
            entries.append(entry)
            for subresource in resource.subresources {
                let (group, version, kind) = Self.kind(of: subresource, resource)
                var entry: JSONValue = [
                    "name": .string("\(resource.plural)/\(subresource.rawValue)"), "singularName": "",
                    "namespaced": .bool(resource.isNamespaced),
                ]
                if group != resource.group || version != resource.version {
                    entry["group"] = .string(group)
                    entry["version"] = .string(version)
                }
                entry["kind"] = .string(kind)
                entry["verbs"] = Self.strings(Self.verbs(of: subresource))
                entries.append(entry)
            }
        }
        let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
            "resources": .array(entries),
        ]
    }

    private func groupEntry(_ name: String) -> JSONValue {
        let versions = versions(of: name).map { version -> JSONValue in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
    }

    // MARK: - Shared

    private var groupNames: [String] {
        var seen: Set<String> = [""]
        return schema.resources.map(\.group).filter { seen.insert($0).inserted }
    }

    private func versions(of group: String) -> [String] {
        schema.groupVersions.filter { $0.group == group }.map(\.version)
    }

    private func resources(_ group: String, _ version: String) -> [ResourceKind] {
        schema.resources.filter { $0.group == group && $0.version == version }
    }

    private static func strings(_ items: [String]) -> JSONValue { .array(items.map { .string($0) }) }

    private static func sameGroupKind(_ kind: String) -> JSONValue {
        ["group": "", "version": "", "kind": .string(kind)]
    }

    /// Group, version and kind that a subresource speaks.
    private static func kind(of subresource: Subresource, _ resource: ResourceKind) -> (String, String, String) {
        switch subresource {
        case .scale: ("autoscaling", "v1", "Scale")
        case .eviction: ("policy", "v1", "Eviction")
        case .binding: ("", "v1", "Binding")
        case .token: ("authentication.k8s.io", "v1", "TokenRequest")
        case .exec: ("", "v1", "PodExecOptions")
        case .attach: ("", "v1", "PodAttachOptions")
        case .portForward: ("", "v1", "PodPortForwardOptions")
        case .proxy: ("", "v1", "\(resource.kind)ProxyOptions")
        default: (resource.group, resource.version, resource.kind)
        }
    }

    private static func verbs(of subresource: Subresource) -> [String] {
        switch subresource {
        case .status, .scale, .ephemeralContainers, .resize: ["get", "patch", "update"]
        case .binding, .eviction, .token: ["create"]
        case .exec, .attach, .portForward: ["create", "get"]
        case .log: ["get"]
        case .finalize: ["update"]
        case .proxy: ["create", "delete", "get", "patch", "update"]
        }
    }
}
