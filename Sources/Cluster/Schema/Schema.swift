import CSchema

/// The one description of every kind: types, defaults, merge rules, protobuf numbers, enforcement, columns.
///
/// Validation, defaulting, patches, server-side apply, protobuf, OpenAPI and tables all read it. Immutable.
public final class Schema: Sendable {
    /// The Kubernetes schema of this platform; read from the table on first use (a few milliseconds).
    public static let kubernetes: Schema = {
        let text = UnsafeBufferPointer(start: skiff_schema_text(), count: skiff_schema_length())
        do {
            return Schema(try SchemaParser(text))
        } catch {
            // The table is compiled in and covered by tests: a malformed one is a defect of the build.
            preconditionFailure("\(error)")
        }
    }()

    /// All structured types.
    public let messages: [MessageType]
    /// All resources, in the order of the table.
    public let resources: [ResourceKind]
    /// The kinds that are only request bodies.
    public let bodies: [BodyKind]
    private let byStorage: [GroupResource: Int]
    private let messagesByName: [String: Int]

    init(_ parser: SchemaParser) {
        messages = parser.messages
        resources = parser.resources
        bodies = parser.bodies
        var byStorage: [GroupResource: Int] = [:]
        for (index, resource) in parser.resources.enumerated() where !resource.isView {
            byStorage[resource.storage] = index
        }
        self.byStorage = byStorage
        var names: [String: Int] = [:]
        for (index, message) in parser.messages.enumerated() { names[message.name] = index }
        messagesByName = names
    }

    /// The resource that stores objects under this name, or `nil`.
    public func resource(_ name: GroupResource) -> ResourceKind? {
        byStorage[name].map { resources[$0] }
    }

    /// The resource at `/apis/GROUP/VERSION/PLURAL`, or `nil`.
    public func resource(group: String, version: String, plural: String) -> ResourceKind? {
        resources.first { $0.plural == plural && $0.group == group && $0.version == version }
    }

    /// The resource whose objects have this kind, or `nil`.
    public func resource(group: String, version: String, kind: String) -> ResourceKind? {
        resources.first { $0.kind == kind && $0.group == group && $0.version == version }
    }

    /// The resource whose objects have this `apiVersion` and `kind`, or `nil`.
    public func resource(apiVersion: String, kind: String) -> ResourceKind? {
        resources.first { $0.kind == kind && $0.apiVersion == apiVersion }
    }

    /// The resource a person means by a plural, singular or short name or a kind, in any case, with an optional group
    /// (`deployments.apps`); `nil` when there is none.
    public func find(_ word: String) -> ResourceKind? {
        let name = word.lowercased()
        return resources.first { resource in
            let names = [resource.plural, resource.singular, resource.kind.lowercased()] + resource.shortNames
            return names.contains(name) || names.contains { "\($0).\(resource.group)" == name }
        }
    }

    /// The API groups and versions, core first, each once.
    public var groupVersions: [(group: String, version: String)] {
        var seen: Set<String> = []
        return resources.filter { seen.insert($0.apiVersion).inserted }.map { ($0.group, $0.version) }
    }

    /// The type with this name (`core.PodSpec`), or `nil`.
    public func message(named name: String) -> MessageType? {
        messagesByName[name].map { messages[$0] }
    }

    /// The position in `messages` of the type with this name, or `nil`.
    func index(ofMessage name: String) -> Int? { messagesByName[name] }

    /// The type of an object of this apiVersion and kind, stored or body, or `nil`.
    func messageIndex(apiVersion: String, kind: String) -> Int? {
        if let resource = resource(apiVersion: apiVersion, kind: kind) { return resource.message }
        // DeleteOptions may come with the apiVersion of any group.
        return bodies.first { body in
            let own = body.group.isEmpty ? body.version : "\(body.group)/\(body.version)"
            return body.kind == kind && (own == apiVersion || kind == "DeleteOptions")
        }?.message
    }
}
