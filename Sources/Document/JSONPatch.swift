/// A JSON patch (RFC 6902): operations that succeed all together or not at all.
public struct JSONPatch: Sendable, Hashable {
    /// One operation.
    public enum Operation: Sendable, Hashable {
        /// Inserts into an array or sets a key.
        case add(JSONPointer, JSONValue)
        /// Removes what must exist.
        case remove(JSONPointer)
        /// Sets what must exist.
        case replace(JSONPointer, JSONValue)
        /// Removes at the first place and adds at the second.
        case move(from: JSONPointer, to: JSONPointer)
        /// Adds a copy of the first place at the second.
        case copy(from: JSONPointer, to: JSONPointer)
        /// Fails unless the place holds the value.
        case test(JSONPointer, JSONValue)
    }

    /// The operations in order.
    public var operations: [Operation]

    /// Makes a patch from operations.
    public init(operations: [Operation]) {
        self.operations = operations
    }

    /// Reads the JSON form, refusing more than `maximumOperations`; unknown operations and missing members are errors.
    public init(_ document: JSONValue, maximumOperations: Int = 10_000) throws(DocumentError) {
        guard case .array(let elements) = document else {
            throw DocumentError(.patch, "a JSON patch must be an array of operations, found \(document.typeName)")
        }
        guard elements.count <= maximumOperations else {
            throw DocumentError(
                .tooLarge, "the JSON patch has \(elements.count) operations, more than \(maximumOperations)")
        }
        var operations: [Operation] = []
        for (index, element) in elements.enumerated() {
            operations.append(try Self.operation(element, index: index))
        }
        self.operations = operations
    }

    /// `document` with all operations applied; fails at the first one that cannot be.
    public func applying(to document: JSONValue) throws(DocumentError) -> JSONValue {
        var result = document
        for operation in operations { try operation.apply(to: &result) }
        return result
    }

    private static func operation(_ element: JSONValue, index: Int) throws(DocumentError) -> Operation {
        func pointer(_ key: String) throws(DocumentError) -> JSONPointer {
            guard let text = element[key]?.stringValue else {
                throw DocumentError(.patch, "operation \(index) of the JSON patch has no string \"\(key)\"")
            }
            return try JSONPointer(text)
        }
        func value() throws(DocumentError) -> JSONValue {
            guard let value = element["value"] else {
                throw DocumentError(.patch, "operation \(index) of the JSON patch has no \"value\"")
            }
            return value
        }
        switch element["op"]?.stringValue {
        case "add": return .add(try pointer("path"), try value())
        case "remove": return .remove(try pointer("path"))
        case "replace": return .replace(try pointer("path"), try value())
        case "move": return .move(from: try pointer("from"), to: try pointer("path"))
        case "copy": return .copy(from: try pointer("from"), to: try pointer("path"))
        case "test": return .test(try pointer("path"), try value())
        case let name?: throw DocumentError(.patch, "operation \(index) of the JSON patch is unknown: \"\(name)\"")
        case nil: throw DocumentError(.patch, "operation \(index) of the JSON patch has no \"op\"")
        }
    }
}

extension JSONPatch.Operation {
    /// Applies this operation in place.
    func apply(to document: inout JSONValue) throws(DocumentError) {
        switch self {
        case .add(let path, let value):
            try Self.add(value, at: path.tokens[...], of: path, in: &document)
        case .remove(let path):
            try Self.remove(path.tokens[...], of: path, in: &document)
        case .replace(let path, let value):
            guard path.value(in: document) != nil else { throw Self.missing(path) }
            try Self.replace(value, at: path.tokens[...], of: path, in: &document)
        case .move(let from, let to):
            guard let value = from.value(in: document) else { throw Self.missing(from) }
            guard from == to || !to.tokens.starts(with: from.tokens) else {
                throw DocumentError(.patch, "\"\(from)\" cannot be moved into itself")
            }
            try Self.remove(from.tokens[...], of: from, in: &document)
            try Self.add(value, at: to.tokens[...], of: to, in: &document)
        case .copy(let from, let to):
            guard let value = from.value(in: document) else { throw Self.missing(from) }
            try Self.add(value, at: to.tokens[...], of: to, in: &document)
        case .test(let path, let value):
            guard let found = path.value(in: document) else { throw Self.missing(path) }
            guard found == value else {
                throw DocumentError(.testFailed, "the test of \"\(path)\" failed: found \(found), expected \(value)")
            }
        }
    }

    private static func missing(_ path: JSONPointer) -> DocumentError {
        DocumentError(.pointer, "the document has nothing at \"\(path)\"")
    }

    /// Descends to the container of the last token and changes it there.
    private static func descend(
        _ tokens: ArraySlice<String>,
        of path: JSONPointer,
        in value: inout JSONValue,
        change: (inout JSONValue, String) throws(DocumentError) -> Void
    ) throws(DocumentError) {
        guard let first = tokens.first else { throw missing(path) }
        guard tokens.count > 1 else { return try change(&value, first) }
        switch value {
        case .object(let object):
            guard object[first] != nil else { throw missing(path) }
            try value.updateObject { (object: inout JSONObject) throws(DocumentError) in
                try object.update(first) { (child: inout JSONValue) throws(DocumentError) in
                    try descend(tokens.dropFirst(), of: path, in: &child, change: change)
                }
            }
        case .array(let elements):
            guard let index = JSONPointer.index(first), index < elements.count else { throw missing(path) }
            try value.updateArray { (elements: inout [JSONValue]) throws(DocumentError) in
                try descend(tokens.dropFirst(), of: path, in: &elements[index], change: change)
            }
        default: throw missing(path)
        }
    }

    private static func add(
        _ new: JSONValue,
        at tokens: ArraySlice<String>,
        of path: JSONPointer,
        in document: inout JSONValue
    ) throws(DocumentError) {
        guard !tokens.isEmpty else {
            document = new
            return
        }
        try descend(tokens, of: path, in: &document) { (container, token) throws(DocumentError) in
            switch container {
            case .object: container[token] = new
            case .array(let elements):
                let index = token == "-" ? elements.count : JSONPointer.index(token)
                guard let index, index <= elements.count else { throw missing(path) }
                container.updateArray { $0.insert(new, at: index) }
            default: throw missing(path)
            }
        }
    }

    private static func replace(
        _ new: JSONValue,
        at tokens: ArraySlice<String>,
        of path: JSONPointer,
        in document: inout JSONValue
    ) throws(DocumentError) {
        guard !tokens.isEmpty else {
            document = new
            return
        }
        try descend(tokens, of: path, in: &document) { (container, token) throws(DocumentError) in
            if case .array = container, let index = JSONPointer.index(token) {
                container.updateArray { $0[index] = new }
            } else {
                container[token] = new
            }
        }
    }

    private static func remove(
        _ tokens: ArraySlice<String>,
        of path: JSONPointer,
        in document: inout JSONValue
    ) throws(DocumentError) {
        guard !tokens.isEmpty else {
            document = .null
            return
        }
        try descend(tokens, of: path, in: &document) { (container, token) throws(DocumentError) in
            switch container {
            case .object(let object):
                guard object[token] != nil else { throw missing(path) }
                container[token] = nil
            case .array(let elements):
                guard let index = JSONPointer.index(token), index < elements.count else { throw missing(path) }
                container.updateArray { _ = $0.remove(at: index) }
            default: throw missing(path)
            }
        }
    }
}
