/// Writes YAML in the layout that kubectl prints: block style, sorted keys, two spaces, lists at their key's column.
public enum YAMLWriter {
    /// The order of an object's keys.
    public enum KeyOrder: Sendable {
        /// Ascending, as kubectl prints.
        case sorted
        /// As they stand in the tree.
        case kept
    }

    /// The text of one document, with a newline at the end.
    public static func string(_ value: JSONValue, keys: KeyOrder = .sorted) -> String {
        var output = ""
        append(value, to: &output, indent: 0, keys: keys, placement: .document)
        return output
    }

    /// The text of several documents, separated by `---`.
    public static func string(documents: [JSONValue], keys: KeyOrder = .sorted) -> String {
        documents.map { string($0, keys: keys) }.joined(separator: "---\n")
    }

    /// Where a value stands, which decides whether a line break comes before it.
    private enum Placement {
        case document, afterKey, afterDash
    }

    private static func append(
        _ value: JSONValue,
        to output: inout String,
        indent: Int,
        keys: KeyOrder,
        placement: Placement
    ) {
        switch value {
        case .object(let object) where !object.isEmpty:
            if placement == .afterKey { output += "\n" }
            append(object, to: &output, indent: indent, keys: keys, continuesLine: placement == .afterDash)
        case .array(let elements) where !elements.isEmpty:
            if placement == .afterKey { output += "\n" }
            append(elements, to: &output, indent: indent, keys: keys, continuesLine: placement == .afterDash)
        default:
            if placement == .afterKey { output += " " }
            output += scalar(value, indent: indent)
            output += "\n"
        }
    }

    private static func append(
        _ object: JSONObject,
        to output: inout String,
        indent: Int,
        keys: KeyOrder,
        continuesLine: Bool
    ) {
        var first = true
        for (key, member) in keys == .sorted ? object.sortedByKey() : object {
            if !(first && continuesLine) { output += spaces(indent) }
            first = false
            output += YAMLScalar.needsQuotes(key) ? quoted(key) : key
            output += ":"
            // Lists stand at the column of their key, objects two further.
            let isList = member.arrayValue != nil
            append(member, to: &output, indent: isList ? indent : indent + 2, keys: keys, placement: .afterKey)
        }
    }

    private static func append(
        _ elements: [JSONValue],
        to output: inout String,
        indent: Int,
        keys: KeyOrder,
        continuesLine: Bool
    ) {
        for (index, element) in elements.enumerated() {
            if !(index == 0 && continuesLine) { output += spaces(indent) }
            output += "- "
            append(element, to: &output, indent: indent + 2, keys: keys, placement: .afterDash)
        }
    }

    private static func scalar(_ value: JSONValue, indent: Int) -> String {
        switch value {
        case .null: return "null"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .number(let number): return number.isFinite ? number.description : "null"
        case .array: return "[]"
        case .object: return "{}"
        case .string(let text): return string(text, indent: indent)
        }
    }

    private static func string(_ text: String, indent: Int) -> String {
        if text.utf8.contains(0x0A), isBlockSafe(text) { return block(text, indent: indent) }
        return YAMLScalar.needsQuotes(text) ? quoted(text) : text
    }

    /// A double-quoted scalar: a JSON string is one, but YAML also wants what it calls unprintable escaped.
    private static func quoted(_ text: String) -> String {
        var result = ""
        for scalar in JSONWriter.string(.string(text)).unicodeScalars {
            if (0x7F...0x9F).contains(scalar.value) || scalar.value == 0xFEFF {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether a literal block can hold the text: no control characters, no leading space, no carriage return.
    private static func isBlockSafe(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first != " ", first != "\n", first != "\t" else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A: true
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF: false
            default: true
            }
        }
    }

    private static func block(_ text: String, indent: Int) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var header = "|-"
        if lines.last?.isEmpty == true {
            lines.removeLast()
            header = "|"
            if lines.last?.isEmpty == true { header = "|+" }
        }
        // Inside a list the block stands deeper than the dash; `indent` is already the content's column.
        let prefix = spaces(max(indent, 2))
        return ([header] + lines.map { $0.isEmpty ? "" : prefix + $0 }).joined(separator: "\n")
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
