import Document

/// Fills in the defaults of the table.
struct Defaults {
    let schema: Schema

    /// Fills in what is missing in an object of the type at `message`; leaves a complete one untouched and uncopied.
    func apply(to value: inout JSONValue, message: Int) {
        guard isIncomplete(value, message) else { return }
        fill(&value, message)
    }

    private func isIncomplete(_ value: JSONValue, _ message: Int) -> Bool {
        guard case .object(let object) = value else { return false }
        for field in schema.messages[message].defaultedFields {
            guard let item = object[field.name] else {
                if field.defaultValue != nil { return true }
                continue
            }
            if isIncomplete(item, field.type) { return true }
        }
        return false
    }

    private func isIncomplete(_ value: JSONValue, _ type: FieldType) -> Bool {
        switch type {
        case .message(let index): isIncomplete(value, index)
        case .list(let element): value.arrayValue?.contains { isIncomplete($0, element) } ?? false
        case .map(let element): value.objectValue?.contains { isIncomplete($0.value, element) } ?? false
        default: false
        }
    }

    private func fill(_ value: inout JSONValue, _ message: Int) {
        value.updateObject { object in
            for field in schema.messages[message].defaultedFields {
                if object[field.name] == nil {
                    guard let defaultValue = field.defaultValue else { continue }
                    object[field.name] = defaultValue
                }
                object.update(field.name) { fill(&$0, field.type) }
            }
        }
    }

    private func fill(_ value: inout JSONValue, _ type: FieldType) {
        switch type {
        case .message(let index): fill(&value, index)
        case .list(let element):
            value.updateArray { elements in
                for index in elements.indices { fill(&elements[index], element) }
            }
        case .map(let element):
            value.updateObject { object in
                for key in object.keys { object.update(key) { fill(&$0, element) } }
            }
        default: break
        }
    }
}
