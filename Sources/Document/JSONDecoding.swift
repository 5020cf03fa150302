/// Decodes `Decodable` types from JSON values and text, without Foundation.
///
/// Keys that a type does not ask for are ignored unless `Options.unknownKeys` is `refuse`. Integers are range-checked.
/// A `null` and a missing key are both `nil` for optional properties.
public enum JSONDecoding {
    /// What the decoder accepts.
    public struct Options: Sendable {
        /// What happens to keys that the decoded type does not ask for.
        public enum UnknownKeys: Sendable {
            /// They are skipped.
            case ignore
            /// Decoding fails and names the first one.
            case refuse
        }

        /// What happens to keys that the decoded type does not ask for.
        public var unknownKeys: UnknownKeys

        /// Makes options; unknown keys are ignored by default.
        public init(unknownKeys: UnknownKeys = .ignore) {
            self.unknownKeys = unknownKeys
        }
    }

    /// Reads `bytes` as JSON and decodes a `T`; duplicate keys are refused.
    public static func decode<T: Decodable>(
        _ type: T.Type,
        from bytes: [UInt8],
        options: Options = Options()
    ) throws(DocumentError) -> T {
        try decode(type, from: JSONReader.parse(bytes), options: options)
    }

    /// Reads `text` as JSON and decodes a `T`; duplicate keys are refused.
    public static func decode<T: Decodable>(
        _ type: T.Type,
        from text: String,
        options: Options = Options()
    ) throws(DocumentError) -> T {
        try decode(type, from: JSONReader.parse(text), options: options)
    }

    /// Decodes a `T` from `value`; errors name the path of the offending value.
    public static func decode<T: Decodable>(
        _ type: T.Type,
        from value: JSONValue,
        options: Options = Options()
    ) throws(DocumentError) -> T {
        let usage = options.unknownKeys == .refuse ? KeyUsage() : nil
        let result: T
        do {
            result = try ValueDecoder(value: value, codingPath: [], usage: usage).unbox(type)
        } catch let error as DecodingError {
            throw DocumentError(error)
        } catch {
            throw DocumentError(.typeMismatch, "\(error)", cause: error)
        }
        if let unknown = usage?.firstUnknown() {
            throw DocumentError(.unknownKey, "unknown key \"\(unknown)\"")
        }
        return result
    }
}

extension JSONValue {
    /// Decodes a `T` from this value; errors name the path of the offending value.
    public func decode<T: Decodable>(
        _ type: T.Type,
        options: JSONDecoding.Options = JSONDecoding.Options()
    ) throws(DocumentError) -> T {
        try JSONDecoding.decode(type, from: self, options: options)
    }
}

/// Remembers which keys of which objects were asked for; lives on one thread during one decode.
final class KeyUsage {
    private var known: [String: (keys: [String], used: Set<String>)] = [:]

    /// Notes that the object at `path` was opened.
    func open(_ path: [any CodingKey], keys: [String]) {
        let name = dottedPath(path)
        if known[name] == nil { known[name] = (keys, []) }
    }

    /// Notes that `key` of the object at `path` was asked for.
    func use(_ path: [any CodingKey], key: String) {
        known[dottedPath(path)]?.used.insert(key)
    }

    /// Notes that all keys of the object at `path` were asked for.
    func useAll(_ path: [any CodingKey]) {
        let name = dottedPath(path)
        let keys = known[name]?.keys ?? []
        known[name]?.used.formUnion(keys)
    }

    /// The path of the first key nobody asked for, or `nil`.
    func firstUnknown() -> String? {
        for path in known.keys.sorted() {
            guard let entry = known[path] else { continue }
            for key in entry.keys where !entry.used.contains(key) {
                return path.isEmpty ? key : "\(path).\(key)"
            }
        }
        return nil
    }
}

/// `spec.ports[0].name`.
func dottedPath(_ path: [any CodingKey]) -> String {
    var text = ""
    for key in path {
        if let index = key.intValue {
            text += "[\(index)]"
        } else {
            text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
        }
    }
    return text
}

extension DocumentError {
    /// Translates the standard library's decoding error.
    init(_ error: DecodingError) {
        func place(_ context: DecodingError.Context) -> String {
            let path = dottedPath(context.codingPath)
            return path.isEmpty ? "the document" : path
        }
        switch error {
        case .keyNotFound(let key, let context):
            let path = dottedPath(context.codingPath + [key])
            self.init(.typeMismatch, "missing key \"\(path)\"", cause: error)
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            self.init(.typeMismatch, "\(place(context)): \(context.debugDescription)", cause: error)
        @unknown default:
            self.init(.typeMismatch, "\(error)", cause: error)
        }
    }
}
