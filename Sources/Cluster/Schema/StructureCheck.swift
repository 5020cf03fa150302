import Document
import Effects

/// Compares a tree with its type: finds unknown fields, wrong types and values that need another spelling.
///
/// Reads only; `StructureRepair` changes the tree when this found something to change.
struct StructureCheck {
    /// The paths of fields the schema does not know.
    private(set) var unknownFields: [String] = []
    /// What has the wrong type: `spec.replicas: expected integer, found string`.
    private(set) var mismatches: [String] = []
    /// Whether the tree holds nulls, unknown fields or odd spellings that must go.
    private(set) var needsRepair = false

    private let schema: Schema
    private var path = FieldPath()

    /// The most findings of each kind; the rest of a hopeless body is not worth naming.
    private static let findingsLimit = 64

    init(schema: Schema) {
        self.schema = schema
    }

    /// Checks a whole object of the type at `message`; `apiVersion` and `kind` are always known.
    mutating func checkObject(_ value: JSONValue, message: Int) {
        checkMessage(value, message, isRoot: true)
    }

    /// Checks a part of an object.
    mutating func check(_ value: JSONValue, _ type: FieldType) {
        switch type {
        case .message(let index): checkMessage(value, index, isRoot: false)
        case .list(let element):
            guard case .array(let elements) = value else { return mismatch(value, "array") }
            for (index, item) in elements.enumerated() {
                path.push(index: index)
                if item.isNull { mismatch(item, "a value") } else { check(item, element) }
                path.pop()
            }
        case .map(let element):
            guard case .object(let object) = value else { return mismatch(value, "object") }
            for (key, item) in object {
                path.push(key: key)
                if item.isNull { needsRepair = true } else { check(item, element) }
                path.pop()
            }
        default: checkScalar(value, type)
        }
    }

    private mutating func checkMessage(_ value: JSONValue, _ index: Int, isRoot: Bool) {
        guard case .object(let object) = value else { return mismatch(value, "object") }
        let fields = schema.messages[index].fieldsByName
        for (name, item) in object {
            guard let field = fields[name] else {
                if isRoot, name == "apiVersion" || name == "kind" {
                    path.push(field: name)
                    checkScalar(item, .string)
                    path.pop()
                } else {
                    needsRepair = true
                    if unknownFields.count < Self.findingsLimit { unknownFields.append(path.with(name)) }
                }
                continue
            }
            if item.isNull {
                needsRepair = true
                continue
            }
            path.push(field: name)
            check(item, field.type)
            path.pop()
        }
    }

    private mutating func checkScalar(_ value: JSONValue, _ type: FieldType) {
        switch (type, value) {
        case (.string, .string), (.boolean, .bool), (.int64, .integer), (.double, .number), (.double, .integer),
            (.raw, _):
            break
        case (.int32, .integer(let number)):
            if Int32(exactly: number) == nil { mismatch(value, "a 32-bit integer") }
        case (.int32, .number), (.int64, .number):
            // 3.0 is what some YAML writers make of 3.
            if value.intValue == nil { mismatch(value, "integer") } else { needsRepair = true }
        case (.bytes, .string(let text)):
            if Base64.decode(text) == nil { mismatch(value, "base64 text") }
        case (.intOrString, .string): break
        case (.intOrString, .integer(let number)):
            if Int32(exactly: number) == nil { mismatch(value, "a 32-bit integer or a string") }
        case (.quantity, .string(let text)):
            guard let quantity = Quantity(text) else { return mismatch(value, "a quantity such as 100m or 1Gi") }
            if quantity.canonical != text { needsRepair = true }
        case (.quantity, .integer), (.quantity, .number): needsRepair = true
        case (.time, .string(let text)), (.microtime, .string(let text)):
            if Timestamp(rfc3339: text) == nil { mismatch(value, "an RFC 3339 time") }
        default: mismatch(value, Self.name(type))
        }
    }

    private mutating func mismatch(_ value: JSONValue, _ expected: String) {
        guard mismatches.count < Self.findingsLimit else { return }
        mismatches.append("\(path): expected \(expected), found \(value.typeName)")
    }

    static func name(_ type: FieldType) -> String {
        switch type {
        case .string: "string"
        case .boolean: "boolean"
        case .int32, .int64: "integer"
        case .double: "number"
        case .bytes: "base64 text"
        case .quantity: "quantity"
        case .time, .microtime: "RFC 3339 time"
        case .intOrString: "integer or string"
        case .raw: "value"
        case .message, .map: "object"
        case .list: "array"
        }
    }
}

/// Brings a checked tree into the stored form: no nulls, no unknown fields, canonical quantities and integers.
struct StructureRepair {
    let schema: Schema

    /// Repairs a whole object.
    func repairObject(_ value: inout JSONValue, message: Int) {
        repairMessage(&value, message, isRoot: true)
    }

    private func repair(_ value: inout JSONValue, _ type: FieldType) {
        switch type {
        case .message(let index): repairMessage(&value, index, isRoot: false)
        case .list(let element):
            value.updateArray { elements in
                for index in elements.indices { repair(&elements[index], element) }
            }
        case .map(let element):
            value.updateObject { object in
                for key in object.keys {
                    if object[key]?.isNull == true {
                        object.removeValue(forKey: key)
                    } else {
                        object.update(key) { repair(&$0, element) }
                    }
                }
            }
        case .quantity: value = Self.quantity(value)
        case .int32, .int64:
            if case .number = value, let number = value.intValue { value = .integer(number) }
        default: break
        }
    }

    private func repairMessage(_ value: inout JSONValue, _ index: Int, isRoot: Bool) {
        let fields = schema.messages[index].fieldsByName
        value.updateObject { object in
            for key in object.keys {
                if isRoot, key == "apiVersion" || key == "kind" { continue }
                guard let field = fields[key], object[key]?.isNull == false else {
                    object.removeValue(forKey: key)
                    continue
                }
                object.update(key) { repair(&$0, field.type) }
            }
        }
    }

    private static func quantity(_ value: JSONValue) -> JSONValue {
        let text: String
        switch value {
        case .string(let given): text = given
        case .integer(let number): text = String(number)
        case .number(let number): text = number.description
        default: return value
        }
        return .string(Quantity(text)?.canonical ?? text)
    }
}
