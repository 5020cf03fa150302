import Document

/// Builds the OpenAPI v3 document of one group and version.
struct OpenAPIDocument {
    let schema: Schema
    let resources: [ResourceKind]
    /// `api/v1`, `apis/apps/v1`.
    let root: String

    private static let patchTypes = [
        "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    ]

    /// The whole document.
    func json() -> JSONValue {
        var needed: Set<Int> = []
        for resource in resources { collect(resource.message, into: &needed) }
        for shared in ["meta.DeleteOptions", "meta.Status", "meta.ListMeta"] {
            if let index = schema.index(ofMessage: shared) { collect(index, into: &needed) }
        }
        var components = JSONObject()
        for index in needed.sorted(by: { schema.messages[$0].name < schema.messages[$1].name }) {
            components[Self.name(schema.messages[index].name)] = definition(index)
        }
        for resource in resources {
            components[Self.name(schema.messages[resource.message].name) + "List"] = list(resource)
        }
        for (name, value) in Self.commonTypes { components[name] = value }
        var paths = JSONObject()
        for resource in resources { addPaths(resource, to: &paths) }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1"], "paths": .object(paths),
            "components": ["schemas": .object(components)],
        ]
    }

    // MARK: - Paths

    private func addPaths(_ resource: ResourceKind, to paths: inout JSONObject) {
        let base =
            resource.isNamespaced ? "/\(root)/namespaces/{namespace}/\(resource.plural)" : "/\(root)/\(resource.plural)"
        let schemaName = Self.name(schema.messages[resource.message].name)
        if resource.isNamespaced {
            paths["/\(root)/\(resource.plural)"] = [
                "get": operation("list", resource, response: schemaName + "List", parameters: [])
            ]
        }
        paths[base] = [
            "get": operation("list", resource, response: schemaName + "List", parameters: []),
            "post": operation(
                "post", resource, response: schemaName, parameters: Self.writeParameters, body: schemaName),
            "parameters": .array(resource.isNamespaced ? [Self.pathParameter("namespace")] : []),
        ]
        var item: JSONValue = [
            "get": operation("get", resource, response: schemaName, parameters: []),
            "put": operation("put", resource, response: schemaName, parameters: Self.writeParameters, body: schemaName),
            "patch": patch(resource, response: schemaName),
            "delete": operation(
                "delete", resource, response: Self.name("meta.Status"),
                parameters: ["dryRun", "gracePeriodSeconds", "propagationPolicy"], body: Self.name("meta.DeleteOptions")
            ),
        ]
        item["parameters"] = .array(
            [Self.pathParameter("name")] + (resource.isNamespaced ? [Self.pathParameter("namespace")] : []))
        paths["\(base)/{name}"] = item
        for subresource in resource.subresources where subresource == .status || subresource == .scale {
            paths["\(base)/{name}/\(subresource.rawValue)"] = ["patch": patch(resource, response: schemaName)]
        }
    }

    private static let writeParameters = ["dryRun", "fieldManager", "fieldValidation"]

    private func operation(
        _ action: String,
        _ resource: ResourceKind,
        response: String,
        parameters: [String],
        body: String? = nil
    ) -> JSONValue {
        var operation: JSONValue = [
            "parameters": .array(
                parameters.map { ["name": .string($0), "in": "query", "schema": ["type": "string"]] }),
            "responses": [
                "200": ["description": "OK", "content": ["application/json": ["schema": Self.reference(response)]]]
            ],
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": Self.identity(resource),
        ]
        if let body { operation["requestBody"] = ["content": ["*/*": ["schema": Self.reference(body)]]] }
        return operation
    }

    private func patch(_ resource: ResourceKind, response: String) -> JSONValue {
        var operation = operation(
            "patch", resource, response: response, parameters: Self.writeParameters + ["force"])
        var content = JSONObject()
        for type in Self.patchTypes {
            content[type] = ["schema": Self.reference("io.k8s.apimachinery.pkg.apis.meta.v1.Patch")]
        }
        operation["requestBody"] = ["content": .object(content)]
        return operation
    }

    private static func identity(_ resource: ResourceKind) -> JSONValue {
        ["group": .string(resource.group), "version": .string(resource.version), "kind": .string(resource.kind)]
    }

    private static func pathParameter(_ name: String) -> JSONValue {
        ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
    }

    // MARK: - Types

    private func collect(_ index: Int, into needed: inout Set<Int>) {
        guard needed.insert(index).inserted else { return }
        for field in schema.messages[index].fieldsByName.values { collect(field.type, into: &needed) }
    }

    private func collect(_ type: FieldType, into needed: inout Set<Int>) {
        switch type {
        case .message(let index): collect(index, into: &needed)
        case .list(let element), .map(let element): collect(element, into: &needed)
        default: break
        }
    }

    private func definition(_ index: Int) -> JSONValue {
        let message = schema.messages[index]
        var properties = JSONObject()
        let kinds = identities(of: index)
        if !kinds.isEmpty {
            properties["apiVersion"] = ["type": "string", "description": "Group and version of the object."]
            properties["kind"] = ["type": "string", "description": "Kind of the object."]
        }
        for field in message.fieldsByName.values.sorted(by: { $0.name < $1.name }) {
            properties[field.name] = property(field)
        }
        var definition: JSONValue = ["type": "object"]
        if !message.documentation.isEmpty { definition["description"] = .string(message.documentation) }
        definition["properties"] = .object(properties)
        if !message.requiredFields.isEmpty {
            definition["required"] = .array(message.requiredFields.map { .string($0.name) })
        }
        if !kinds.isEmpty { definition["x-kubernetes-group-version-kind"] = .array(kinds) }
        return definition
    }

    private func identities(of index: Int) -> [JSONValue] {
        resources.filter { $0.message == index }.map(Self.identity)
            + schema.bodies.filter { $0.message == index }.map {
                ["group": .string($0.group), "version": .string($0.version), "kind": .string($0.kind)]
            }
    }

    private func property(_ field: Field) -> JSONValue {
        var property = type(field.type)
        if property["$ref"] != nil {
            // Siblings of $ref are ignored by readers, hence the wrapping.
            property = ["allOf": [property]]
        }
        if !field.documentation.isEmpty { property["description"] = .string(field.documentation) }
        if let value = field.defaultValue { property["default"] = value }
        if !field.allowedValues.isEmpty { property["enum"] = .array(field.allowedValues.map { .string($0) }) }
        addMergeRules(field, to: &property)
        return property
    }

    private func addMergeRules(_ field: Field, to property: inout JSONValue) {
        var strategies: [String] = []
        if field.merge.retainsKeys { strategies.append("retainKeys") }
        if field.merge.mergesList { strategies.append("merge") }
        if !strategies.isEmpty { property["x-kubernetes-patch-strategy"] = .string(strategies.joined(separator: ",")) }
        if let key = field.merge.patchKey { property["x-kubernetes-patch-merge-key"] = .string(key) }
        switch (field.type, field.merge.topology) {
        case (.list, .atomic): property["x-kubernetes-list-type"] = "atomic"
        case (.list, .set): property["x-kubernetes-list-type"] = "set"
        case (.list, .keyed(let keys)):
            property["x-kubernetes-list-type"] = "map"
            property["x-kubernetes-list-map-keys"] = .array(keys.map { .string($0) })
        case (.map, .atomic), (.message, .atomic): property["x-kubernetes-map-type"] = "atomic"
        default: break
        }
    }

    private func type(_ type: FieldType) -> JSONValue {
        switch type {
        case .string: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .double: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .quantity: Self.reference("io.k8s.apimachinery.pkg.api.resource.Quantity")
        case .time: Self.reference("io.k8s.apimachinery.pkg.apis.meta.v1.Time")
        case .microtime: Self.reference("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime")
        case .intOrString: Self.reference("io.k8s.apimachinery.pkg.util.intstr.IntOrString")
        case .raw: ["type": "object"]
        case .message(let index): Self.reference(Self.name(schema.messages[index].name))
        case .map(let element): ["type": "object", "additionalProperties": self.type(element)]
        case .list(let element): ["type": "array", "items": self.type(element)]
        }
    }

    private func list(_ resource: ResourceKind) -> JSONValue {
        [
            "type": "object", "description": .string("A list of \(resource.plural)."), "required": ["items"],
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"],
                "items": ["type": "array", "items": Self.reference(Self.name(schema.messages[resource.message].name))],
                "metadata": Self.reference(Self.name("meta.ListMeta")),
            ],
            "x-kubernetes-group-version-kind": [
                [
                    "group": .string(resource.group), "version": .string(resource.version),
                    "kind": .string(resource.listKind),
                ]
            ],
        ]
    }

    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// `core.Pod` → `io.k8s.api.core.v1.Pod`.
    static func name(_ message: String) -> String {
        message.hasPrefix("meta.")
            ? "io.k8s.apimachinery.pkg.apis.meta.v1.\(message.dropFirst(5))"
            : "io.k8s.api.\(message.replacing(".", with: ".v1."))"
    }

    private static let commonTypes: [(String, JSONValue)] = [
        ("io.k8s.apimachinery.pkg.api.resource.Quantity", ["type": "string", "description": "A number with a unit."]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", ["type": "string", "format": "date-time"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", ["type": "string", "format": "date-time"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", ["type": "object", "description": "A patch."]),
        (
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
            ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]]
        ),
    ]
}
