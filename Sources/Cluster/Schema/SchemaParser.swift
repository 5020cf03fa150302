import Document

/// Reads the schema table: tab-separated lines.
///
/// - `type NAME DOC` begins a message; the field lines after it belong to it.
/// - `NUMBER NAME TYPE ATTRIBUTES ENFORCEMENT DOC` is a field. Attributes are separated by spaces; see `attribute`.
///   Enforcement is empty, `accept: why` or `refuse: why`.
/// - `resource …` and the `column …` lines after it describe a resource; `body …` a kind of request bodies.
/// - `#` begins a comment.
struct SchemaParser {
    /// A malformed table: the table is part of the binary, so this is a defect found by tests.
    struct Failure: Error, CustomStringConvertible {
        let line: Int
        let message: String
        var description: String { "schema table, line \(line): \(message)" }
    }

    private(set) var messages: [MessageType] = []
    private(set) var resources: [ResourceKind] = []
    private(set) var bodies: [BodyKind] = []
    private var indices: [String: Int] = [:]
    private var line = 0

    /// Reads the whole table.
    init(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) {
        // Names first, because types refer to each other in any order.
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.split(separator: 0x09, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        }
        for columns in lines where columns[0] == "type" && columns.count > 1 {
            indices[columns[1]] = messages.count
            messages.append(
                MessageType(name: columns[1], documentation: columns.count > 2 ? columns[2] : ""))
        }
        var current: Int?
        for columns in lines {
            line += 1
            switch columns[0] {
            case "type": current = columns.count > 1 ? indices[columns[1]] : nil
            case "resource": try addResource(columns)
            case "column": try addColumn(columns)
            case "body": try addBody(columns)
            case let first where first.isEmpty || first.hasPrefix("#"): continue
            default:
                guard let current else { throw fail("a field stands before every type") }
                messages[current].fields.append(try field(columns))
            }
        }
        finish()
    }

    // MARK: - Fields

    private func field(_ columns: [String]) throws(Failure) -> Field {
        guard columns.count >= 3, let number = Int(columns[0]) else {
            throw fail("a field needs number, name and type")
        }
        let documentation = columns.count > 5 ? columns[5] : ""
        var field = Field(
            name: columns[1], number: number, type: try type(columns[2]), documentation: documentation)
        if case .list = field.type { field.merge.topology = .atomic }
        if columns.count > 3 {
            for attribute in columns[3].split(separator: " ") { try apply(String(attribute), to: &field) }
        }
        if columns.count > 4 { field.enforcement = try enforcement(columns[4]) }
        return field
    }

    private func type(_ name: String) throws(Failure) -> FieldType {
        if name.hasPrefix("[]") { return .list(try type(String(name.dropFirst(2)))) }
        if name.hasPrefix("map[]") { return .map(try type(String(name.dropFirst(5)))) }
        switch name {
        case "string": return .string
        case "bool": return .boolean
        case "int32": return .int32
        case "int64": return .int64
        case "double": return .double
        case "bytes": return .bytes
        case "quantity": return .quantity
        case "time": return .time
        case "microtime": return .microtime
        case "intorstring": return .intOrString
        case "raw": return .raw
        case "strings": return .list(.string)
        default:
            guard let index = indices[name] else { throw fail("unknown type \(name)") }
            return .message(index)
        }
    }

    private func apply(_ attribute: String, to field: inout Field) throws(Failure) {
        let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count > 1 ? parts[1] : nil
        switch (parts[0], value) {
        case ("ptr", nil): field.isPointer = true
        case ("inline", nil): field.isInline = true
        case ("req", nil): field.isRequired = true
        case ("immutable", nil): field.isImmutable = true
        case ("retainKeys", nil): field.merge.retainsKeys = true
        case ("atomic", nil): field.merge.topology = .atomic
        case ("set", nil): field.merge.topology = .set
        case ("merge", nil): field.merge.mergesList = true
        case ("merge", let key?):
            field.merge.mergesList = true
            field.merge.patchKey = key
        case ("map", let keys?):
            field.merge.topology = .keyed(keys.split(separator: ",").map(String.init))
        case ("default", let text?): field.defaultValue = try json(text)
        case ("allow", let text?):
            for choice in text.split(separator: "|") { field.harmlessValues.append(try json(String(choice))) }
        case ("enum", let text?):
            field.allowedValues = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        case ("min", let text?): field.minimum = Int64(text)
        case ("max", let text?): field.maximum = Int64(text)
        case ("check", let text?):
            guard let rule = TextRule(rawValue: text) else { throw fail("unknown rule \(text)") }
            field.check = rule
        default: throw fail("unknown attribute \(attribute)")
        }
    }

    private func enforcement(_ text: String) throws(Failure) -> Enforcement {
        if text.isEmpty { return .enforced }
        if text.hasPrefix("accept: ") { return .acceptedWithoutEffect(String(text.dropFirst(8))) }
        if text.hasPrefix("refuse: ") { return .refused(String(text.dropFirst(8))) }
        throw fail("unknown enforcement \(text)")
    }

    private func json(_ text: String) throws(Failure) -> JSONValue {
        do { return try JSONReader.parse(text) } catch { throw fail("\(text): \(error)") }
    }

    // MARK: - Resources

    private mutating func addResource(_ columns: [String]) throws(Failure) {
        guard columns.count >= 11 else { throw fail("a resource needs 11 columns") }
        func list(_ index: Int) -> [String] {
            index < columns.count ? columns[index].split(separator: ",").map(String.init) : []
        }
        var subresources: [Subresource] = []
        for name in list(12) {
            guard let subresource = Subresource(rawValue: name) else { throw fail("unknown subresource \(name)") }
            subresources.append(subresource)
        }
        resources.append(
            ResourceKind(
                group: columns[2], version: columns[3], kind: columns[4], plural: columns[1], singular: columns[6],
                shortNames: list(7), categories: list(8), isNamespaced: columns[9] == "Namespaced", verbs: list(10),
                subresources: subresources, selectableFields: Set(list(11)), message: try message(columns[5])))
    }

    private mutating func addColumn(_ columns: [String]) throws(Failure) {
        guard columns.count == 7, let priority = Int(columns[4]), !resources.isEmpty else {
            throw fail("a column needs 7 columns and a resource before it")
        }
        resources[resources.count - 1].columns.append(
            TableColumn(
                name: columns[1], type: columns[2], format: columns[3], priority: priority, cell: columns[5],
                documentation: columns[6]))
    }

    private mutating func addBody(_ columns: [String]) throws(Failure) {
        guard columns.count == 5 else { throw fail("a body needs 5 columns") }
        bodies.append(
            BodyKind(group: columns[1], version: columns[2], kind: columns[3], message: try message(columns[4])))
    }

    private func message(_ name: String) throws(Failure) -> Int {
        guard let index = indices[name] else { throw fail("unknown type \(name)") }
        return index
    }

    private func fail(_ message: String) -> Failure { Failure(line: line, message: message) }

    // MARK: - Derived tables

    private mutating func finish() {
        for index in messages.indices {
            for (position, field) in messages[index].fields.enumerated() {
                messages[index].positionsByNumber[field.number] = position
            }
            messages[index].fieldsByName = flattened(index)
            messages[index].requiredFields = messages[index].fieldsByName.values.filter(\.isRequired)
                .sorted { $0.name < $1.name }
        }
        var defaulted: [Int: Bool] = [:]
        for index in messages.indices { _ = hasDefaults(index, known: &defaulted) }
        for index in messages.indices {
            messages[index].defaultedFields = messages[index].fieldsByName.values.filter { field in
                field.defaultValue != nil || messageIndex(field.type).map { defaulted[$0] == true } == true
            }.sorted { $0.name < $1.name }
        }
    }

    private func flattened(_ index: Int) -> [String: Field] {
        var fields: [String: Field] = [:]
        for field in messages[index].fields {
            if field.isInline, case .message(let inner) = field.type {
                fields.merge(flattened(inner)) { own, _ in own }
            } else {
                fields[field.name] = field
            }
        }
        return fields
    }

    private func hasDefaults(_ index: Int, known: inout [Int: Bool]) -> Bool {
        if let answer = known[index] { return answer }
        known[index] = false  // a cycle adds nothing
        var answer = false
        for field in messages[index].fields {
            let inner = messageIndex(field.type).map { hasDefaults($0, known: &known) } ?? false
            if field.defaultValue != nil || inner { answer = true }
        }
        known[index] = answer
        return answer
    }

    private func messageIndex(_ type: FieldType) -> Int? {
        switch type {
        case .message(let index): index
        case .list(let inner), .map(let inner): messageIndex(inner)
        default: nil
        }
    }
}
