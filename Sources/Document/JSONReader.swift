/// A strict JSON reader (RFC 8259): UTF-8 only, one value, no duplicate keys unless asked, depth and size limits.
public enum JSONReader {
    /// What the reader accepts.
    public struct Options: Sendable {
        /// What happens when an object names a key twice.
        public enum DuplicateKeys: Sendable {
            /// The document is refused.
            case refuse
            /// The last value stays.
            case keepLast
        }

        /// What happens when an object names a key twice.
        public var duplicateKeys: DuplicateKeys
        /// The deepest allowed nesting of arrays and objects.
        public var maximumDepth: Int
        /// The largest allowed text in bytes.
        public var maximumBytes: Int

        /// Makes options; the default limits are 200 levels and 64 MiB.
        public init(
            duplicateKeys: DuplicateKeys = .refuse,
            maximumDepth: Int = 200,
            maximumBytes: Int = 64 << 20
        ) {
            self.duplicateKeys = duplicateKeys
            self.maximumDepth = maximumDepth
            self.maximumBytes = maximumBytes
        }

        /// No duplicate keys, the default limits.
        public static let strict = Options()
    }

    /// Reads the one JSON value of `bytes`; throws with line and column.
    public static func parse(_ bytes: [UInt8], options: Options = .strict) throws(DocumentError) -> JSONValue {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DocumentError) in try parse(buffer, options: options) }
        }
        return try result.get()
    }

    /// Reads the one JSON value of `text`; throws with line and column.
    public static func parse(_ text: String, options: Options = .strict) throws(DocumentError) -> JSONValue {
        var text = text
        let result = text.withUTF8 { buffer in
            Result { () throws(DocumentError) in try parse(UnsafeRawBufferPointer(buffer), options: options) }
        }
        return try result.get()
    }

    /// Reads the one JSON value of `buffer`, which must stay valid during the call; throws with line and column.
    public static func parse(
        _ buffer: UnsafeRawBufferPointer,
        options: Options = .strict
    ) throws(DocumentError) -> JSONValue {
        var scanner = JSONScanner(buffer, options: options)
        return try scanner.document()
    }

    /// Reads the one JSON value of `bytes`; of a repeated key the last value stays, and the paths of repeated keys are
    /// returned in the form `spec.ports[0].name`.
    public static func parseReportingDuplicates(
        _ bytes: [UInt8],
        options: Options = .strict
    ) throws(DocumentError) -> (value: JSONValue, duplicates: [String]) {
        do {
            return (try parse(bytes, options: options), [])
        } catch {
            guard error.code == .duplicateKey else { throw error }
        }
        // Rare: read again, slower, with the path of every value.
        var tolerant = options
        tolerant.duplicateKeys = .keepLast
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DocumentError) in
                var scanner = JSONScanner(buffer, options: tolerant)
                scanner.path = []
                return (try scanner.document(), scanner.duplicates)
            }
        }
        return try result.get()
    }
}
