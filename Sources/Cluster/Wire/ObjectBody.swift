import Document

/// The body of a write: the object, and which of its fields were given twice.
public struct ObjectBody: Sendable {
    /// The object as a tree.
    public var value: JSONValue
    /// The paths of repeated fields; the last value of each stands in `value`.
    public var duplicateFields: [String]

    /// The media types that bodies may have.
    public static let mediaTypes = [
        "application/json", "application/yaml", "application/vnd.kubernetes.protobuf",
    ]

    /// A body made in memory.
    public init(_ value: JSONValue, duplicateFields: [String] = []) {
        self.value = value
        self.duplicateFields = duplicateFields
    }

    /// Reads a request body: JSON, YAML or protobuf by `mediaType` (without parameters; empty is JSON).
    ///
    /// `apiVersion` and `kind` are filled in when the body lacks them; objects of the `events.k8s.io` view come out in
    /// the stored form. Throws 400 for malformed bodies, 415 for other media types.
    public init(
        bytes: [UInt8],
        mediaType: String,
        apiVersion: String,
        kind: String,
        schema: Schema = .kubernetes
    ) throws(ClusterError) {
        var duplicates: [String] = []
        var value: JSONValue
        switch mediaType {
        case "application/vnd.kubernetes.protobuf":
            value = try ProtobufReader(schema: schema).decode(bytes, fallback: (apiVersion, kind))
        case _ where Self.jsonTypes.contains(mediaType):
            (value, duplicates) = try Self.reading { () throws(DocumentError) in
                try JSONReader.parseReportingDuplicates(bytes)
            }
        case _ where Self.yamlTypes.contains(mediaType):
            value = try Self.reading { () throws(DocumentError) in try Self.yaml(bytes) }
        default:
            throw .unsupportedMediaType(mediaType, supported: Self.mediaTypes)
        }
        if (value["apiVersion"]?.stringValue ?? "").isEmpty || (value["kind"]?.stringValue ?? "").isEmpty {
            value = Self.named(value, apiVersion: apiVersion, kind: kind)
        }
        self.init(value, duplicateFields: duplicates)
        if apiVersion.hasPrefix("events.k8s.io/"), kind == "Event" { self.value = EventForm.stored(self.value) }
    }

    private static let jsonTypes: Set<String> = [
        "", "application/json", "application/merge-patch+json", "application/json-patch+json",
        "application/strategic-merge-patch+json",
    ]
    private static let yamlTypes: Set<String> = [
        "application/yaml", "application/apply-patch+yaml", "application/x-yaml", "text/yaml",
    ]

    private static func reading<Value>(_ read: () throws(DocumentError) -> Value) throws(ClusterError) -> Value {
        do {
            return try read()
        } catch {
            throw .badRequest("the body of the request is malformed: \(error)", cause: error)
        }
    }

    /// YAML bodies hold one document; JSON is YAML, and quicker to read as itself.
    private static func yaml(_ bytes: [UInt8]) throws(DocumentError) -> JSONValue {
        if bytes.first == UInt8(ascii: "{"), let value = try? JSONReader.parse(bytes) { return value }
        let documents = try YAMLReader.parse(bytes)
        guard documents.count == 1, let document = documents.first else {
            throw DocumentError(.syntax, "expected one YAML document, found \(documents.count)")
        }
        return document.value
    }

    private static func named(_ value: JSONValue, apiVersion: String, kind: String) -> JSONValue {
        guard case .object(let object) = value else { return value }
        var named: JSONObject = ["kind": .string(kind), "apiVersion": .string(apiVersion)]
        for (key, item) in object {
            if key == "kind" || key == "apiVersion", (item.stringValue ?? "").isEmpty { continue }
            named[key] = item
        }
        return .object(named)
    }
}
