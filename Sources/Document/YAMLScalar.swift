/// Resolves YAML scalars to values and decides which strings a writer must quote.
enum YAMLScalar {
    /// The value of a scalar; an explicit tag wins, quoted scalars are strings.
    static func resolve(
        _ text: String,
        tag: String?,
        isPlain: Bool,
        schema: YAMLReader.Options.Schema
    ) throws(DocumentError) -> JSONValue {
        switch tag {
        case nil: return isPlain ? plain(text, schema: schema) : .string(text)
        case "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:timestamp":
            return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            let value = plain(text, schema: schema)
            if case .string = value {
                throw DocumentError(.typeMismatch, "\"\(text)\" does not fit its tag \(tag ?? "")")
            }
            return value
        case let tag?: throw DocumentError(.typeMismatch, "the YAML tag \"\(tag)\" is not supported")
        }
    }

    /// The value of a plain scalar without tag.
    static func plain(_ text: String, schema: YAMLReader.Options.Schema) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return schema == .yaml11 ? .bool(true) : .string(text)
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return schema == .yaml11 ? .bool(false) : .string(text)
        default: return number(text, schema: schema) ?? .string(text)
        }
    }

    /// Whether a plain scalar of this text would read back as something else than the string.
    static func needsQuotes(_ text: String) -> Bool {
        if case .string = plain(text, schema: .yaml11) {} else { return true }
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return true }
        if "-?:,[]{}#&*!|>'\"%@`=<~ ".unicodeScalars.contains(first) {
            // "-x" and ":x" are plain, "- x" is not; quoting all of them is right and simple, except for options.
            let second = text.unicodeScalars.dropFirst().first
            let plainDash = first == "-" && second.map { $0 != " " && $0 != "-" } == true
            if !plainDash { return true }
        }
        if last == " " || last == ":" || looksLikeTimestamp(text) { return true }
        if text.contains(": ") || text.contains(" #") { return true }
        return text.unicodeScalars.contains {
            $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0xFEFF
        }
    }

    /// Whether YAML 1.1 readers would take the text for a date: four digits, a dash, and only date characters.
    private static func looksLikeTimestamp(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 8, bytes[4] == UInt8(ascii: "-") else { return false }
        return bytes[..<4].allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func number(_ text: String, schema: YAMLReader.Options.Schema) -> JSONValue? {
        guard let first = text.utf8.first, first < 0x40 else { return nil }
        var digits = schema == .yaml11 ? text.filter { $0 != "_" } : text
        var negative = false
        if digits.hasPrefix("-") || digits.hasPrefix("+") {
            negative = digits.hasPrefix("-")
            digits.removeFirst()
        }
        guard let lead = digits.utf8.first, (0x30...0x39).contains(lead) || lead == UInt8(ascii: ".") else {
            return nil
        }
        if let magnitude = magnitude(digits, schema: schema) {
            if negative {
                return magnitude <= UInt64(Int64.max) + 1 ? .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) : nil
            }
            return Int64(exactly: magnitude).map(JSONValue.integer) ?? .number(Double(magnitude))
        }
        // Swift's Double reads hexadecimal floats and "inf"; YAML does not.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }),
            let value = Double(digits), value.isFinite
        else { return nil }
        return .number(negative ? -value : value)
    }

    private static func magnitude(_ digits: String, schema: YAMLReader.Options.Schema) -> UInt64? {
        func unsigned(_ text: Substring, radix: Int) -> UInt64? {
            text.first?.isHexDigit == true ? UInt64(text, radix: radix) : nil
        }
        if digits.hasPrefix("0x") { return unsigned(digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0o") { return unsigned(digits.dropFirst(2), radix: 8) }
        if schema == .yaml11, digits.hasPrefix("0b") { return unsigned(digits.dropFirst(2), radix: 2) }
        if schema == .yaml11, digits.count > 1, digits.hasPrefix("0"),
            let octal = unsigned(digits.dropFirst(1), radix: 8)
        {
            return octal
        }
        return unsigned(digits[...], radix: 10)
    }
}
