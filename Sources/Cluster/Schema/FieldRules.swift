import Document

/// Checks the rules of the table on a complete object: required fields, allowed values, ranges, text rules,
/// fields that are not enforced here.
struct FieldRules {
    private(set) var causes = FieldCauses()
    private let schema: Schema
    private var path = FieldPath()

    init(schema: Schema) {
        self.schema = schema
    }

    /// Checks an object of the type at `message`.
    mutating func check(_ value: JSONValue, message: Int) {
        guard case .object(let object) = value else { return }
        let type = schema.messages[message]
        for field in type.requiredFields where Self.isMissing(object[field.name]) {
            causes.required(path.with(field.name))
        }
        for (name, item) in object {
            guard let field = type.fieldsByName[name] else { continue }
            path.push(field: name)
            check(item, field)
            path.pop()
        }
    }

    private mutating func check(_ value: JSONValue, _ field: Field) {
        if case .refused(let reason) = field.enforcement, !Self.isEmpty(value), !field.harmlessValues.contains(value) {
            causes.notEnforced(path.description, reason)
            return
        }
        if case .string(let text) = value {
            if !field.allowedValues.isEmpty, !field.allowedValues.contains(text) {
                causes.notSupported(path.description, value, supported: field.allowedValues)
            } else if let rule = field.check, !text.isEmpty, let problem = rule.problem(text) {
                causes.invalid(path.description, value, problem)
            }
        }
        if case .integer(let number) = value { checkRange(number, field) }
        descend(value, field.type)
    }

    private mutating func checkRange(_ number: Int64, _ field: Field) {
        switch (field.minimum, field.maximum) {
        case (let minimum?, let maximum?) where number < minimum || number > maximum:
            causes.invalid(
                path.description, .integer(number), "must be between \(minimum) and \(maximum), inclusive")
        case (let minimum?, nil) where number < minimum:
            causes.invalid(path.description, .integer(number), "must be greater than or equal to \(minimum)")
        default: break
        }
    }

    private mutating func descend(_ value: JSONValue, _ type: FieldType) {
        switch type {
        case .message(let index): check(value, message: index)
        case .list(let element):
            guard case .message = element, case .array(let elements) = value else { return }
            for (index, item) in elements.enumerated() {
                path.push(index: index)
                descend(item, element)
                path.pop()
            }
        case .map(let element):
            guard case .message = element, case .object(let object) = value else { return }
            for (key, item) in object {
                path.push(key: key)
                descend(item, element)
                path.pop()
            }
        default: break
        }
    }

    /// Whether a required field counts as not given: absent, empty text, empty list. Zero counts as given when the
    /// field is an integer, its range then speaks.
    private static func isMissing(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .string(""): true
        case .array(let elements): elements.isEmpty
        default: false
        }
    }

    /// Whether a value is what an absent field means.
    static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0), .string(""): true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
