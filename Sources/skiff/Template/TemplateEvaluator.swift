import Document

/// Computes a parsed template over a value.
struct TemplateEvaluator {
    /// The functions that are known.
    static let functions: Set<String> = [
        "json", "index", "len", "join", "split", "lower", "upper", "title", "println", "print", "printf", "eq", "ne",
        "and", "or", "not", "slice", "truncate", "Label",
    ]

    private let root: JSONValue
    private var variables: [String: JSONValue] = [:]

    init(root: JSONValue) {
        self.root = root
    }

    mutating func render(_ nodes: [TemplateNode], dot: JSONValue) throws(GoTemplate.Failure) -> String {
        var out = ""
        for node in nodes {
            switch node {
            case .text(let text): out += text
            case .action(let expression): out += Self.text(try evaluate(expression, dot))
            case .assign(let name, let expression): variables[name] = try evaluate(expression, dot)
            case .condition(let expression, let then, let otherwise, let rebinds):
                let value = try evaluate(expression, dot)
                let branch = Self.isTrue(value) ? then : otherwise
                out += try render(branch, dot: rebinds && Self.isTrue(value) ? value : dot)
            case .range(let key, let value, let expression, let body, let otherwise):
                let entries = Self.entries(try evaluate(expression, dot))
                if entries.isEmpty { out += try render(otherwise, dot: dot) }
                for entry in entries {
                    if let key { variables[key] = entry.key }
                    if let value { variables[value] = entry.value }
                    out += try render(body, dot: entry.value)
                }
            }
        }
        return out
    }

    private func evaluate(_ expression: TemplateExpression, _ dot: JSONValue) throws(GoTemplate.Failure) -> JSONValue {
        switch expression {
        case .literal(let value): return value
        case .path(let path): return try Self.walk(dot, path)
        case .variable(let name, let path):
            guard let value = name.isEmpty ? root : variables[name] else {
                throw GoTemplate.Failure(description: "undefined variable \"$\(name)\" in the template")
            }
            return try Self.walk(value, path)
        case .call(let name, let arguments):
            var values: [JSONValue] = []
            for argument in arguments { values.append(try evaluate(argument, dot)) }
            return try TemplateFunctions.call(name, values, dot: dot)
        }
    }

    /// Follows field names; a missing key of an object is `<no value>`, as in docker.
    private static func walk(_ value: JSONValue, _ path: [String]) throws(GoTemplate.Failure) -> JSONValue {
        var current = value
        for key in path {
            switch current {
            case .object(let object):
                guard let next = object[key] ?? object.first(where: { $0.key.lowercased() == key.lowercased() })?.value
                else {
                    throw GoTemplate.Failure(
                        description: "the template names \".\(key)\", which this object does not have")
                }
                current = next
            case .null: return .null
            default:
                throw GoTemplate.Failure(description: "the template asks for \".\(key)\" of a \(current.typeName)")
            }
        }
        return current
    }

    static func isTrue(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let items): !items.isEmpty
        case .object(let object): !object.isEmpty
        }
    }

    private static func entries(_ value: JSONValue) -> [(key: JSONValue, value: JSONValue)] {
        switch value {
        case .array(let items): items.enumerated().map { (.integer(Int64($0.offset)), $0.element) }
        case .object(let object): object.sortedByKey().map { (.string($0.key), $0.value) }
        default: []
        }
    }

    /// How Go prints a value.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "<no value>"
        case .bool(let flag): String(flag)
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .string(let text): text
        case .array(let items): "[" + items.map { text($0) }.joined(separator: " ") + "]"
        case .object(let object):
            "map[" + object.sortedByKey().map { "\($0.key):\(text($0.value))" }.joined(separator: " ") + "]"
        }
    }
}

/// The functions of templates.
enum TemplateFunctions {
    static func call(_ name: String, _ values: [JSONValue], dot: JSONValue) throws(GoTemplate.Failure) -> JSONValue {
        func need(_ count: Int) throws(GoTemplate.Failure) {
            guard values.count >= count else {
                throw GoTemplate.Failure(description: "\(name) needs \(count) arguments in the template")
            }
        }
        switch name {
        case "json":
            try need(1)
            return .string(JSONWriter.string(values[0]))
        case "len":
            try need(1)
            return .integer(Int64(length(values[0])))
        case "index":
            try need(1)
            return try index(values[0], values.dropFirst())
        case "Label":
            try need(1)
            return dot["Labels"]?[values[0].stringValue ?? ""] ?? .string("")
        case "eq", "ne":
            try need(2)
            return .bool(values.dropFirst().contains(values[0]) == (name == "eq"))
        case "not":
            try need(1)
            return .bool(!TemplateEvaluator.isTrue(values[0]))
        case "and":
            try need(1)
            return values.first { !TemplateEvaluator.isTrue($0) } ?? values[values.count - 1]
        case "or":
            try need(1)
            return values.first { TemplateEvaluator.isTrue($0) } ?? values[values.count - 1]
        default:
            return try text(name, values, need)
        }
    }

    private static func text(
        _ name: String,
        _ values: [JSONValue],
        _ need: (Int) throws(GoTemplate.Failure) -> Void
    ) throws(GoTemplate.Failure) -> JSONValue {
        func word(_ index: Int) -> String { TemplateEvaluator.text(values[index]) }
        switch name {
        case "lower":
            try need(1)
            return .string(word(0).lowercased())
        case "upper":
            try need(1)
            return .string(word(0).uppercased())
        case "title":
            try need(1)
            return .string(word(0).prefix(1).uppercased() + word(0).dropFirst())
        case "join":
            try need(2)
            return .string((values[0].arrayValue ?? []).map { TemplateEvaluator.text($0) }.joined(separator: word(1)))
        case "split":
            try need(2)
            guard let separator = word(1).first else { return .array([values[0]]) }
            return .array(
                word(0).split(separator: separator, omittingEmptySubsequences: false).map { .string(String($0)) })
        case "slice", "truncate":
            try need(2)
            return slice(name, values)
        case "print": return .string(values.map { TemplateEvaluator.text($0) }.joined())
        case "println": return .string(values.map { TemplateEvaluator.text($0) }.joined(separator: " ") + "\n")
        case "printf":
            try need(1)
            return .string(format(word(0), values.dropFirst().map { TemplateEvaluator.text($0) }))
        default: throw GoTemplate.Failure(description: "function \"\(name)\" is not defined")
        }
    }

    private static func length(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .array(let items): items.count
        case .object(let object): object.count
        default: 0
        }
    }

    private static func index(_ value: JSONValue, _ keys: ArraySlice<JSONValue>) throws(GoTemplate.Failure) -> JSONValue
    {
        var current = value
        for key in keys {
            switch (current, key) {
            case (.object(let object), .string(let name)): current = object[name] ?? .null
            case (.array(let items), .integer(let position)):
                guard items.indices.contains(Int(position)) else {
                    throw GoTemplate.Failure(description: "index out of range: \(position) in the template")
                }
                current = items[Int(position)]
            case (.null, _): return .null
            default: throw GoTemplate.Failure(description: "index cannot look into a \(current.typeName)")
            }
        }
        return current
    }

    private static func slice(_ name: String, _ values: [JSONValue]) -> JSONValue {
        let first = max(0, Int(values[1].intValue ?? 0))
        if name == "truncate" { return .string(String(TemplateEvaluator.text(values[0]).prefix(first))) }
        let last = values.count > 2 ? Int(values[2].intValue ?? 0) : Int.max
        if case .array(let items) = values[0] { return .array(Array(items.prefix(last).dropFirst(first))) }
        return .string(String(TemplateEvaluator.text(values[0]).prefix(last).dropFirst(first)))
    }

    /// `%s`, `%v`, `%d`, `%q` and `%%`; widths are ignored.
    private static func format(_ pattern: String, _ values: [String]) -> String {
        var out = ""
        var rest = values[...]
        var characters = pattern.makeIterator()
        while let character = characters.next() {
            guard character == "%" else {
                out.append(character)
                continue
            }
            var verb = characters.next()
            while let next = verb, next.isNumber || next == "-" || next == "." { verb = characters.next() }
            switch verb {
            case "%"?: out.append("%")
            case "q"?: out += "\"\(rest.popFirst() ?? "")\""
            case nil: break
            default: out += rest.popFirst() ?? ""
            }
        }
        return out
    }
}
