import CYAML

/// One document of a YAML stream.
public struct YAMLDocument: Sendable {
    /// The content as a JSON tree; an empty document is `null`.
    public let value: JSONValue
    /// Where the document's content begins.
    public let start: SourcePosition
    /// Where each value begins, by pointer.
    let positions: [JSONPointer: SourcePosition]

    /// Where the value at `pointer` begins, or its nearest container when it is absent.
    public func position(of pointer: JSONPointer) -> SourcePosition {
        var tokens = pointer.tokens
        while true {
            if let found = positions[JSONPointer(tokens: tokens)] { return found }
            guard tokens.popLast() != nil else { return start }
        }
    }
}

/// Reads YAML streams (libyaml) into JSON trees, as Kubernetes clients read manifests.
///
/// Duplicate keys are refused; keys must be scalars; aliases expand within a limit, so a small text cannot become a
/// huge tree. Plain scalars resolve by the rules of YAML 1.1 that kubectl follows (`yes`, `on` and `0o17` included)
/// unless `Options.schema` says otherwise.
public enum YAMLReader {
    /// What the reader accepts.
    public struct Options: Sendable {
        /// How plain scalars become values.
        public enum Schema: Sendable {
            /// YAML 1.1 as kubectl reads it: `yes`, `no`, `on`, `off`, `y` and `n` are booleans.
            case yaml11
            /// The core schema of YAML 1.2: only `true` and `false` are booleans.
            case core
        }

        /// How plain scalars become values.
        public var schema: Schema
        /// The deepest allowed nesting.
        public var maximumDepth: Int
        /// The largest allowed number of values after aliases are expanded.
        public var maximumValues: Int
        /// The largest allowed text in bytes.
        public var maximumBytes: Int

        /// Makes options; the default limits are 100 levels, a million values and 32 MiB.
        public init(
            schema: Schema = .yaml11,
            maximumDepth: Int = 100,
            maximumValues: Int = 1_000_000,
            maximumBytes: Int = 32 << 20
        ) {
            self.schema = schema
            self.maximumDepth = maximumDepth
            self.maximumValues = maximumValues
            self.maximumBytes = maximumBytes
        }
    }

    /// Reads all documents of `text`; errors carry line, column and `source`.
    public static func parse(
        _ text: String,
        source: String? = nil,
        options: Options = Options()
    ) throws(DocumentError) -> [YAMLDocument] {
        try parse(Array(text.utf8), source: source, options: options)
    }

    /// Reads all documents of `bytes`; errors carry line, column and `source`.
    public static func parse(
        _ bytes: [UInt8],
        source: String? = nil,
        options: Options = Options()
    ) throws(DocumentError) -> [YAMLDocument] {
        do throws(DocumentError) {
            guard bytes.count <= options.maximumBytes else {
                throw DocumentError(
                    .tooLarge, "the text has \(bytes.count) bytes, more than the limit of \(options.maximumBytes)")
            }
            let result = bytes.withUnsafeBufferPointer { buffer in
                Result { () throws(DocumentError) in
                    var composer = try YAMLComposer(buffer, options: options)
                    defer { composer.close() }
                    return try composer.documents()
                }
            }
            return try result.get()
        } catch {
            var named = error
            named.source = named.source ?? source
            throw named
        }
    }
}
