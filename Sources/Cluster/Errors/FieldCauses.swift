import Document

/// Collects the causes of a refusal, field by field, in Kubernetes' wording.
struct FieldCauses {
    fileprivate(set) var causes: [Status.Cause] = []

    var isEmpty: Bool { causes.isEmpty }

    mutating func required(_ field: String, _ detail: String = "") {
        add("FieldValueRequired", field, detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }

    mutating func invalid(_ field: String, _ value: JSONValue, _ detail: String) {
        add("FieldValueInvalid", field, "Invalid value: \(value): \(detail)")
    }

    mutating func typeInvalid(_ field: String, _ value: JSONValue, expected: String) {
        add(
            "FieldValueTypeInvalid", field,
            "Invalid value: \"\(value.typeName)\": must be of type \(expected): \"\(value.typeName)\"")
    }

    mutating func notSupported(_ field: String, _ value: JSONValue, supported: [String]) {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        add("FieldValueNotSupported", field, "Unsupported value: \(value): supported values: \(list)")
    }

    /// A field that the schema knows and this cluster does not enforce.
    mutating func notEnforced(_ field: String, _ reason: String) {
        add("FieldValueNotSupported", field, "Unsupported value: this cluster does not enforce the field: \(reason)")
    }

    mutating func duplicate(_ field: String, _ value: JSONValue) {
        add("FieldValueDuplicate", field, "Duplicate value: \(value)")
    }

    mutating func forbidden(_ field: String, _ detail: String) {
        add("FieldValueForbidden", field, "Forbidden: \(detail)")
    }

    mutating func immutable(_ field: String, _ value: JSONValue) {
        invalid(field, value, "field is immutable")
    }

    mutating func tooLong(_ field: String, limitBytes: Int) {
        add("FieldValueTooLong", field, "Too long: may not be more than \(limitBytes) bytes")
    }

    mutating func tooMany(_ field: String, count: Int, limit: Int) {
        add("FieldValueTooMany", field, "Too many: \(count): must have at most \(limit) items")
    }

    private mutating func add(_ reason: String, _ field: String, _ message: String) {
        causes.append(Status.Cause(reason: reason, message: message, field: field))
    }
}

extension FieldCauses {
    /// Takes over the causes of another collection.
    mutating func append(_ other: FieldCauses) { causes += other.causes }
}
