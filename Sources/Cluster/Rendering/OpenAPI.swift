import Crypto
import Document
import Synchronization

/// OpenAPI v3 documents, one per group and version; made from the schema on first use and kept.
public final class OpenAPI: Sendable {
    /// One finished document.
    public struct Rendered: Sendable {
        /// The document's JSON text.
        public let bytes: [UInt8]
        /// The hash that its address carries, in upper-case hexadecimal.
        public let hash: String
    }

    private let schema: Schema
    private let rendered = Mutex<[String: Rendered]>([:])

    /// The documents of `schema`; `version` is the server's, for the documents' heads.
    public init(schema: Schema = .kubernetes) {
        self.schema = schema
    }

    /// `/openapi/v3`: where each document is.
    public func index() -> JSONValue {
        var paths = JSONObject()
        for (group, version) in schema.groupVersions {
            guard let document = document(group: group, version: version) else { continue }
            let path = Self.path(group, version)
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(document.hash)")]
        }
        return ["paths": .object(paths)]
    }

    /// The document of a group and version; `nil` when there is none. A few milliseconds on first use.
    public func document(group: String, version: String) -> Rendered? {
        let path = Self.path(group, version)
        if let known = rendered.withLock({ $0[path] }) { return known }
        let resources = schema.resources.filter { $0.group == group && $0.version == version }
        guard !resources.isEmpty else { return nil }
        let bytes = JSONWriter.bytes(OpenAPIDocument(schema: schema, resources: resources, root: path).json())
        let digest = SHA512.hash(data: bytes).prefix(32)
        let hash = digest.map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + text : text
        }.joined()
        let result = Rendered(bytes: bytes, hash: hash)
        rendered.withLock { $0[path] = result }
        return result
    }

    private static func path(_ group: String, _ version: String) -> String {
        group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
    }
}
