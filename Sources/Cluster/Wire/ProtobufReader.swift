import Document
import Effects

/// Reads Kubernetes' protobuf bodies into JSON trees, driven by the schema table.
///
/// Go writes scalars that are not pointers even when they are zero; such zeros are dropped, because in JSON they would
/// be absent. Zeros of pointer fields are kept.
public struct ProtobufReader {
    /// The first bytes of every enveloped body.
    static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
    /// The deepest allowed nesting.
    private static let maximumDepth = 64

    private let schema: Schema

    /// A reader for the kinds of `schema`.
    public init(schema: Schema = .kubernetes) {
        self.schema = schema
    }

    /// Reads an enveloped body (`k8s\0`, `runtime.Unknown`); throws `BadRequest` when it is malformed or of an unknown
    /// kind. `fallback` names the kind of a body that does not name its own.
    public func decode(
        _ bytes: [UInt8],
        fallback: (apiVersion: String, kind: String)? = nil
    ) throws(ClusterError) -> JSONValue {
        guard bytes.starts(with: Self.magic) else {
            throw ProtobufCursor.malformed("it does not begin with the prefix k8s\\0")
        }
        var (apiVersion, kind) = ("", "")
        var raw: ArraySlice<UInt8> = []
        var envelope = ProtobufCursor(bytes.dropFirst(Self.magic.count))
        while let (number, payload) = try envelope.next() {
            guard case .bytes(let content) = payload else { continue }
            switch number {
            case 1: (apiVersion, kind) = try typeMeta(content)
            case 2: raw = content
            default: break
            }
        }
        if apiVersion.isEmpty, kind.isEmpty, let fallback { (apiVersion, kind) = fallback }
        guard let message = schema.messageIndex(apiVersion: apiVersion, kind: kind) else {
            throw .badRequest("no kind \"\(kind)\" is registered for version \"\(apiVersion)\"")
        }
        var object: JSONObject = ["kind": .string(kind), "apiVersion": .string(apiVersion)]
        try read(raw, message: message, into: &object, depth: 0)
        return .object(object)
    }

    private func typeMeta(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> (apiVersion: String, kind: String) {
        var result = ("", "")
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            guard case .bytes(let content) = payload else { continue }
            if number == 1 { result.0 = try text(content) }
            if number == 2 { result.1 = try text(content) }
        }
        return result
    }

    // MARK: - Messages

    private func read(
        _ bytes: ArraySlice<UInt8>,
        message: Int,
        into object: inout JSONObject,
        depth: Int
    ) throws(ClusterError) {
        guard depth < Self.maximumDepth else { throw ProtobufCursor.malformed("it is nested too deeply") }
        let type = schema.messages[message]
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            // Fields of newer clients that this schema does not know are skipped, as protobuf demands.
            guard let position = type.positionsByNumber[number] else { continue }
            let field = type.fields[position]
            switch field.type {
            case .message(let inner) where field.isInline:
                guard case .bytes(let content) = payload else { throw mismatch(type, field) }
                try read(content, message: inner, into: &object, depth: depth + 1)
            case .list(let element):
                try append(payload, element, to: &object, type, field, depth: depth)
            case .map(let element):
                guard case .bytes(let content) = payload else { throw mismatch(type, field) }
                let (key, value) = try entry(content, element, depth: depth)
                object.update(field.name) { $0[key] = value }
            default:
                guard let value = try value(payload, field.type, depth: depth) else { continue }
                if !field.isPointer, Self.isZero(value, field.type) { continue }
                object[field.name] = value
            }
        }
    }

    private func append(
        _ payload: ProtobufCursor.Payload,
        _ element: FieldType,
        to object: inout JSONObject,
        _ type: MessageType,
        _ field: Field,
        depth: Int
    ) throws(ClusterError) {
        var items: [JSONValue] = []
        if case .bytes(let content) = payload, Self.isVarint(element) {
            var packed = ProtobufCursor(content)
            while !packed.isAtEnd {
                if let item = try value(.varint(try packed.varint()), element, depth: depth) { items.append(item) }
            }
        } else if let item = try value(payload, element, depth: depth) {
            items.append(item)
        } else {
            throw mismatch(type, field)
        }
        object.update(field.name) { $0.updateArray { $0 += items } }
    }

    private func entry(
        _ bytes: ArraySlice<UInt8>,
        _ element: FieldType,
        depth: Int
    ) throws(ClusterError) -> (String, JSONValue) {
        var key = ""
        var result: JSONValue?
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            if number == 1, case .bytes(let content) = payload { key = try text(content) }
            if number == 2 { result = try mapValue(payload, element, depth: depth) }
        }
        return (key, result ?? Self.zero(element))
    }

    /// Lists inside maps are messages of their own with the elements in field 1.
    private func mapValue(
        _ payload: ProtobufCursor.Payload,
        _ element: FieldType,
        depth: Int
    ) throws(ClusterError) -> JSONValue? {
        guard case .list(let inner) = element, case .bytes(let content) = payload else {
            return try value(payload, element, depth: depth)
        }
        var items: [JSONValue] = []
        var cursor = ProtobufCursor(content)
        while let (number, payload) = try cursor.next() {
            if number == 1, let item = try value(payload, inner, depth: depth) { items.append(item) }
        }
        return .array(items)
    }

    // MARK: - Values

    /// The value of one payload; `nil` for an empty time and for a payload of another wire type.
    private func value(
        _ payload: ProtobufCursor.Payload,
        _ type: FieldType,
        depth: Int
    ) throws(ClusterError) -> JSONValue? {
        switch (type, payload) {
        case (.string, .bytes(let content)): return .string(try text(content))
        case (.bytes, .bytes(let content)): return .string(Base64.encode(content))
        case (.boolean, .varint(let bits)): return .bool(bits != 0)
        case (.int32, .varint(let bits)): return .integer(Int64(Int32(truncatingIfNeeded: bits)))
        case (.int64, .varint(let bits)): return .integer(Int64(bitPattern: bits))
        case (.double, .fixed64(let bits)): return .number(Double(bitPattern: bits))
        case (.quantity, .bytes(let content)): return .string(try quantity(content))
        case (.time, .bytes(let content)): return try time(content).map { .string($0.rfc3339) }
        case (.microtime, .bytes(let content)): return try time(content).map { .string($0.rfc3339Micro) }
        case (.intOrString, .bytes(let content)): return try intOrString(content)
        case (.raw, .bytes(let content)): return try raw(content)
        case (.message(let index), .bytes(let content)):
            var object = JSONObject()
            try read(content, message: index, into: &object, depth: depth + 1)
            return .object(object)
        default: return nil
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProtobufCursor.malformed("a string is not valid UTF-8")
        }
        return text
    }

    private func quantity(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> String {
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            if number == 1, case .bytes(let content) = payload { return try text(content) }
        }
        return "0"
    }

    private func time(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> Timestamp? {
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var isEmpty = true
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            guard case .varint(let bits) = payload else { continue }
            isEmpty = false
            if number == 1 { seconds = Int64(bitPattern: bits) }
            if number == 2 { nanoseconds = Int64(Int32(truncatingIfNeeded: bits)) }
        }
        if isEmpty { return nil }
        // Times outside of the years a 64-bit nanosecond clock holds do not occur in honest objects.
        guard abs(seconds) < 9_000_000_000 else { throw ProtobufCursor.malformed("a time is out of range") }
        return Timestamp(seconds: seconds) + .nanoseconds(nanoseconds)
    }

    private func intOrString(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> JSONValue {
        var isString = false
        var number: Int64 = 0
        var string = ""
        var cursor = ProtobufCursor(bytes)
        while let (field, payload) = try cursor.next() {
            switch (field, payload) {
            case (1, .varint(let bits)): isString = bits == 1
            case (2, .varint(let bits)): number = Int64(Int32(truncatingIfNeeded: bits))
            case (3, .bytes(let content)): string = try text(content)
            default: break
            }
        }
        return isString ? .string(string) : .integer(number)
    }

    private func raw(_ bytes: ArraySlice<UInt8>) throws(ClusterError) -> JSONValue? {
        var cursor = ProtobufCursor(bytes)
        while let (number, payload) = try cursor.next() {
            guard number == 1, case .bytes(let content) = payload, !content.isEmpty else { continue }
            do {
                return try JSONReader.parse(Array(content))
            } catch {
                throw .badRequest("an embedded JSON value is malformed: \(error)", cause: error)
            }
        }
        return nil
    }

    // MARK: - Zeros

    private static func isVarint(_ type: FieldType) -> Bool {
        switch type {
        case .boolean, .int32, .int64: true
        default: false
        }
    }

    private static func isZero(_ value: JSONValue, _ type: FieldType) -> Bool {
        switch (type, value) {
        case (.string, .string("")), (.bytes, .string("")), (.boolean, .bool(false)), (.int32, .integer(0)),
            (.int64, .integer(0)), (.double, .number(0)), (.intOrString, .integer(0)):
            true
        default: false
        }
    }

    private static func zero(_ type: FieldType) -> JSONValue {
        switch type {
        case .boolean: false
        case .int32, .int64: 0
        case .quantity: "0"
        case .message, .map: [:]
        case .list: []
        default: ""
        }
    }

    private func mismatch(_ type: MessageType, _ field: Field) -> ClusterError {
        ProtobufCursor.malformed("\(type.name).\(field.name) has an unexpected wire type")
    }
}
