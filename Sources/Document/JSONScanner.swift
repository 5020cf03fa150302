/// The recursive descent behind `JSONReader`: one pass over bytes that stay valid while it lives.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private let options: JSONReader.Options
    private var offset = 0
    /// The path of the value being read; `nil` when nobody asked for duplicates.
    var path: [String]?
    /// The members and elements of the containers being read, innermost last: each container takes its own off the end
    /// in one allocation of the exact size.
    private var members: [JSONObject.Entry] = []
    private var elements: [JSONValue] = []
    /// The paths of repeated keys, when `path` is kept.
    private(set) var duplicates: [String] = []

    init(_ bytes: UnsafeRawBufferPointer, options: JSONReader.Options) {
        self.bytes = bytes
        self.options = options
    }

    /// Reads one value and the end of the text.
    mutating func document() throws(DocumentError) -> JSONValue {
        guard bytes.count <= options.maximumBytes else {
            throw DocumentError(
                .tooLarge, "the text has \(bytes.count) bytes, more than the limit of \(options.maximumBytes)")
        }
        skipSpace()
        guard offset < bytes.count else { throw fail(.syntax, "the text is empty, expected a JSON value") }
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else {
            throw fail(.syntax, "unexpected \(current()) after the end of the JSON value")
        }
        return value
    }

    // MARK: - Values

    private mutating func value(depth: Int) throws(DocumentError) -> JSONValue {
        guard offset < bytes.count else { throw fail(.syntax, "unexpected end of the text, expected a value") }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fail(.syntax, "unexpected \(current()), expected a value")
        }
    }

    private mutating func object(depth: Int) throws(DocumentError) -> JSONObject {
        try enter(depth)
        if try closes(UInt8(ascii: "}")) { return JSONObject() }
        let first = members.count
        while true {
            let start = offset
            let key = try key()
            if let depth = path?.count { path?.append(depth == 0 ? key : ".\(key)") }
            let value = try value(depth: depth)
            members.append(JSONObject.Entry(key: key, value: value))
            if isDuplicate(since: first) {
                guard options.duplicateKeys == .keepLast else {
                    throw fail(.duplicateKey, "duplicate key \"\(key)\"", at: start)
                }
                noteDuplicate()
            }
            _ = path?.popLast()
            if try separated(closing: UInt8(ascii: "}")) { continue }
            let object = JSONObject(members[first...], mayRepeat: options.duplicateKeys == .keepLast)
            members.removeSubrange(first...)
            guard let object else { throw fail(.duplicateKey, "a key stands twice in one object", at: start) }
            return object
        }
    }

    /// Reads a key, the colon and the space around it.
    private mutating func key() throws(DocumentError) -> String {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
            throw fail(.syntax, "unexpected \(current()), expected a key in double quotes")
        }
        let key = try string()
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else {
            throw fail(.syntax, "unexpected \(current()), expected ':' after the key \"\(key)\"")
        }
        offset += 1
        skipSpace()
        return key
    }

    /// Whether the newest member's key already stands in its object. Large objects are checked once, at their end.
    private func isDuplicate(since first: Int) -> Bool {
        let last = members.count - 1
        guard last - first <= JSONObject.indexThreshold || path != nil else { return false }
        for index in first..<last where members[index].key == members[last].key { return true }
        return false
    }

    private mutating func array(depth: Int) throws(DocumentError) -> [JSONValue] {
        try enter(depth)
        if try closes(UInt8(ascii: "]")) { return [] }
        let first = elements.count
        while true {
            path?.append("[\(elements.count - first)]")
            let element = try value(depth: depth)
            elements.append(element)
            _ = path?.popLast()
            if try separated(closing: UInt8(ascii: "]")) { continue }
            let array = Array(elements[first...])
            elements.removeSubrange(first...)
            return array
        }
    }

    private mutating func noteDuplicate() {
        guard let path else { return }
        let name = path.joined()
        if !duplicates.contains(name) { duplicates.append(name) }
    }

    /// Steps over the opening bracket.
    private mutating func enter(_ depth: Int) throws(DocumentError) {
        guard depth <= options.maximumDepth else {
            throw fail(.tooDeep, "values are nested more than \(options.maximumDepth) levels deep")
        }
        offset += 1
        skipSpace()
    }

    /// Whether the container ends at once; steps over the closing bracket.
    private mutating func closes(_ bracket: UInt8) throws(DocumentError) -> Bool {
        guard offset < bytes.count, bytes[offset] == bracket else { return false }
        offset += 1
        return true
    }

    /// Steps over `,` (true) or the closing bracket (false).
    private mutating func separated(closing bracket: UInt8) throws(DocumentError) -> Bool {
        skipSpace()
        guard offset < bytes.count else {
            throw fail(.syntax, "unexpected end of the text, expected ',' or '\(Character(Unicode.Scalar(bracket)))'")
        }
        if bytes[offset] == bracket {
            offset += 1
            return false
        }
        guard bytes[offset] == UInt8(ascii: ",") else {
            throw fail(.syntax, "unexpected \(current()), expected ',' or '\(Character(Unicode.Scalar(bracket)))'")
        }
        offset += 1
        skipSpace()
        return true
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(DocumentError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        guard offset + length <= bytes.count else { throw fail(.syntax, "unexpected \(current()), expected a value") }
        for index in 0..<length where bytes[offset + index] != text.utf8Start[index] {
            throw fail(.syntax, "unexpected \(current()), expected a value")
        }
        offset += length
        return value
    }

    // MARK: - Numbers

    private mutating func number() throws(DocumentError) -> JSONValue {
        let start = offset
        let negative = bytes[offset] == UInt8(ascii: "-")
        if negative { offset += 1 }
        let firstDigit = offset
        var magnitude: UInt64 = 0
        var fits = true
        while let digit = digit() {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { fits = false }
            magnitude = sum
            offset += 1
        }
        guard offset > firstDigit else { throw fail(.syntax, "unexpected \(current()), expected a digit") }
        if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
            throw fail(.syntax, "a number must not begin with 0", at: start)
        }
        var integral = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            integral = false
            offset += 1
            try digits()
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            integral = false
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try digits()
        }
        if integral, fits {
            if !negative, magnitude <= UInt64(Int64.max) { return .integer(Int64(magnitude)) }
            if negative, magnitude <= UInt64(Int64.max) + 1 {
                return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
            }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw fail(.syntax, "the number \(text) is too large", at: start)
        }
        return .number(value)
    }

    private func digit() -> UInt8? {
        guard offset < bytes.count else { return nil }
        let digit = bytes[offset] &- UInt8(ascii: "0")
        return digit <= 9 ? digit : nil
    }

    private mutating func digits() throws(DocumentError) {
        guard digit() != nil else { throw fail(.syntax, "unexpected \(current()), expected a digit") }
        while digit() != nil { offset += 1 }
    }

    // MARK: - Strings

    private mutating func string() throws(DocumentError) -> String {
        offset += 1
        let start = offset
        var seen: UInt8 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = try text(from: start, to: offset, isASCII: seen < 0x80)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw fail(.syntax, "a control character must be escaped in a string") }
            seen |= byte
            offset += 1
        }
        throw fail(.syntax, "a string is not closed", at: start - 1)
    }

    /// Goes on with a string whose first escape is at `offset`.
    private mutating func escapedString(from start: Int) throws(DocumentError) -> String {
        var buffer = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let text = String(validating: buffer, as: UTF8.self) else {
                    throw fail(.invalidText, "a string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                try escape(into: &buffer)
            case 0..<0x20:
                throw fail(.syntax, "a control character must be escaped in a string")
            default:
                buffer.append(byte)
                offset += 1
            }
        }
        throw fail(.syntax, "a string is not closed", at: start - 1)
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(DocumentError) {
        let start = offset
        offset += 1
        guard offset < bytes.count else { throw fail(.syntax, "a string is not closed", at: start) }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: String(Character(try unicodeScalar(from: start))).utf8)
        default: throw fail(.syntax, "unknown escape in a string", at: start)
        }
    }

    /// Reads the digits of `\uXXXX`, and the second half when it is a surrogate pair.
    private mutating func unicodeScalar(from start: Int) throws(DocumentError) -> Unicode.Scalar {
        let first = try hexadecimalQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), offset + 1 < bytes.count,
            bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { throw fail(.invalidText, "a string has half a surrogate pair", at: start) }
        offset += 2
        let second = try hexadecimalQuad()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw fail(.invalidText, "a string has half a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexadecimalQuad() throws(DocumentError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw fail(.syntax, "\\u must be followed by four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    private func text(from start: Int, to end: Int, isASCII: Bool) throws(DocumentError) -> String {
        let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        if isASCII { return String(decoding: slice.assumingMemoryBound(to: UInt8.self), as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw fail(.invalidText, "a string is not valid UTF-8", at: start)
        }
        return text
    }

    // MARK: - Positions

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    /// What stands at the offset, for messages.
    private func current() -> String {
        guard offset < bytes.count else { return "end of the text" }
        let byte = bytes[offset]
        return (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }

    private func fail(_ code: DocumentError.Code, _ message: String, at place: Int? = nil) -> DocumentError {
        let end = min(place ?? offset, bytes.count)
        var line = 1
        var lineStart = 0
        for index in 0..<end where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return DocumentError(code, message, position: SourcePosition(line: line, column: end - lineStart + 1))
    }
}
