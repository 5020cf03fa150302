/// Encodes `Encodable` types as JSON values and text, without Foundation.
///
/// Keys stand in the order in which the type encodes them; `nil` properties are left out by synthesised conformances.
public enum JSONEncoding {
    /// The JSON text of `value`.
    public static func encode(
        _ value: some Encodable,
        style: JSONWriter.Style = .compact
    ) throws(DocumentError) -> [UInt8] {
        JSONWriter.bytes(try JSONValue(encoding: value), style: style)
    }
}

extension JSONValue {
    /// Encodes `value` as a tree; fails for numbers that JSON cannot hold.
    public init(encoding value: some Encodable) throws(DocumentError) {
        let node = EncodingNode()
        do {
            try ValueEncoder(node: node, codingPath: []).box(value)
        } catch let error as EncodingError {
            throw DocumentError(error)
        } catch {
            throw DocumentError(.typeMismatch, "\(error)", cause: error)
        }
        self = node.value
    }
}

extension JSONValue: Codable {
    /// Decodes any JSON value, from this module's decoder without copying.
    public init(from decoder: any Decoder) throws {
        if let direct = decoder as? ValueDecoder {
            self = direct.value
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            let members = try container.decode([String: JSONValue].self)
            var object = JSONObject(minimumCapacity: members.count)
            for key in members.keys.sorted() { object[key] = members[key] }
            self = .object(object)
        }
    }

    /// Encodes any JSON value, into this module's encoder without copying.
    public func encode(to encoder: any Encoder) throws {
        if let direct = encoder as? ValueEncoder {
            direct.node.content = .value(self)
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let object):
            try container.encode(Dictionary(uniqueKeysWithValues: object.map { ($0.key, $0.value) }))
        }
    }
}

extension DocumentError {
    /// Translates the standard library's encoding error.
    init(_ error: EncodingError) {
        switch error {
        case .invalidValue(_, let context):
            let path = dottedPath(context.codingPath)
            self.init(
                .typeMismatch, "\(path.isEmpty ? "the value" : path): \(context.debugDescription)", cause: error)
        @unknown default:
            self.init(.typeMismatch, "\(error)", cause: error)
        }
    }
}
