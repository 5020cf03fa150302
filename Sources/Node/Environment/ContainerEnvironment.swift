import Cluster
import Document

/// The environment of one container: services, then `envFrom`, then `env`; later ones win.
struct ContainerEnvironment: Sendable {
    let spec: PodSpec
    let container: ContainerSpec
    let services: [EnvironmentVariable]
    let references: ReferenceReader
    let fields: DownwardField

    /// The variables in order, each once.
    /// - Throws: `NodeError.missingReference` naming the ConfigMap, Secret or key that is not there.
    func variables() throws -> [EnvironmentVariable] {
        var result = Ordered()
        result.set("HOSTNAME", spec.hostname)
        for variable in services { result.set(variable.name, variable.value) }
        for source in container.json.items("envFrom") { try add(source, to: &result) }
        for entry in container.json.items("env") { try add(variable: entry, to: &result) }
        return result.variables
    }

    private func add(_ source: JSONValue, to result: inout Ordered) throws {
        let prefix = source.text("prefix")
        let data: [String: [UInt8]]?
        if let reference = source["configMapRef"] {
            data = try object(reference, kind: "configmap", read: references.configMap)
        } else if let reference = source["secretRef"] {
            data = try object(reference, kind: "secret", read: references.secret)
        } else {
            return
        }
        for (key, value) in (data ?? [:]).sorted(by: { $0.key < $1.key }) {
            result.set(prefix + key, String(decoding: value, as: UTF8.self))
        }
    }

    private func add(variable entry: JSONValue, to result: inout Ordered) throws {
        let name = entry.text("name")
        guard let source = entry["valueFrom"] else {
            let known = result
            result.set(name, VariableExpansion.expand(entry.text("value")) { known.value(of: $0) })
            return
        }
        if let field = source["fieldRef"] {
            result.set(name, try fields.value(at: field.text("fieldPath")))
        } else if let resource = source["resourceFieldRef"] {
            result.set(name, try fields.resource(resource, defaultContainer: container))
        } else if let reference = source["configMapKeyRef"] {
            if let value = try key(reference, kind: "configmap", read: references.configMap) { result.set(name, value) }
        } else if let reference = source["secretKeyRef"] {
            if let value = try key(reference, kind: "secret", read: references.secret) { result.set(name, value) }
        } else {
            throw NodeError(.unsupported, "the source of variable \(name) is not supported")
        }
    }

    private func object(
        _ reference: JSONValue, kind: String, read: (String) -> [String: [UInt8]]?
    ) throws -> [String: [UInt8]]? {
        if let data = read(reference.text("name")) { return data }
        if reference["optional"]?.boolValue == true { return nil }
        throw NodeError(.missingReference, "\(kind) \"\(reference.text("name"))\" not found")
    }

    private func key(
        _ reference: JSONValue, kind: String, read: (String) -> [String: [UInt8]]?
    ) throws -> String? {
        guard let data = try object(reference, kind: kind, read: read) else { return nil }
        if let value = data[reference.text("key")] { return String(decoding: value, as: UTF8.self) }
        if reference["optional"]?.boolValue == true { return nil }
        throw NodeError(
            .missingReference,
            "couldn't find key \(reference.text("key")) in \(kind) \(spec.namespace)/\(reference.text("name"))")
    }

    /// Variables in the order of their first appearance.
    private struct Ordered {
        private(set) var variables: [EnvironmentVariable] = []
        private var positions: [String: Int] = [:]

        mutating func set(_ name: String, _ value: String) {
            if let position = positions[name] {
                variables[position].value = value
            } else {
                positions[name] = variables.count
                variables.append(EnvironmentVariable(name, value))
            }
        }

        func value(of name: String) -> String? { positions[name].map { variables[$0].value } }
    }
}
