/// Writes JSON text (RFC 8259) in UTF-8.
public enum JSONWriter {
    /// The layout of the text.
    public enum Style: Sendable {
        /// No space at all.
        case compact
        /// One value per line, indented by four spaces per level, as kubectl and docker print.
        case pretty
    }

    /// The text of `value` as bytes.
    public static func bytes(_ value: JSONValue, style: Style = .compact) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(512)
        append(value, to: &output, style: style)
        return output
    }

    /// The text of `value` as a string.
    public static func string(_ value: JSONValue, style: Style = .compact) -> String {
        String(decoding: bytes(value, style: style), as: UTF8.self)
    }

    /// Appends the text of `value` to `output`.
    public static func append(_ value: JSONValue, to output: inout [UInt8], style: Style = .compact) {
        switch style {
        case .compact: appendCompact(value, to: &output)
        case .pretty: appendPretty(value, to: &output, level: 0)
        }
    }

    /// Appends `text` as a JSON string with its quotes.
    public static func append(string text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { appendEscaped($0, to: &output) }
        if done == nil {
            var copy = text
            copy.withUTF8 { appendEscaped($0, to: &output) }
        }
        output.append(UInt8(ascii: "\""))
    }

    // MARK: - Layouts

    private static func appendCompact(_ value: JSONValue, to output: inout [UInt8]) {
        switch value {
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            var first = true
            for element in elements {
                if !first { output.append(UInt8(ascii: ",")) }
                first = false
                appendCompact(element, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            var first = true
            for entry in object.entries {
                if !first { output.append(UInt8(ascii: ",")) }
                first = false
                append(string: entry.key, to: &output)
                output.append(UInt8(ascii: ":"))
                appendCompact(entry.value, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        default:
            appendScalar(value, to: &output)
        }
    }

    private static func appendPretty(_ value: JSONValue, to output: inout [UInt8], level: Int) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                newLine(level: level + 1, to: &output)
                appendPretty(element, to: &output, level: level + 1)
            }
            newLine(level: level, to: &output)
            output.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            output.append(UInt8(ascii: "{"))
            for (index, entry) in object.entries.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                newLine(level: level + 1, to: &output)
                append(string: entry.key, to: &output)
                output.append(contentsOf: ": ".utf8)
                appendPretty(entry.value, to: &output, level: level + 1)
            }
            newLine(level: level, to: &output)
            output.append(UInt8(ascii: "}"))
        default:
            appendCompact(value, to: &output)
        }
    }

    private static func newLine(level: Int, to output: inout [UInt8]) {
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: level * 4))
    }

    // MARK: - Scalars

    private static func appendScalar(_ value: JSONValue, to output: inout [UInt8]) {
        switch value {
        case .bool(true): output.append(contentsOf: "true".utf8)
        case .bool(false): output.append(contentsOf: "false".utf8)
        case .integer(let number): output.append(contentsOf: String(number).utf8)
        case .number(let number):
            // JSON has no infinities; they cannot come from a reader, and `null` is what every reader accepts.
            output.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
        case .string(let text): append(string: text, to: &output)
        case .null, .array, .object: output.append(contentsOf: "null".utf8)
        }
    }

    private static func appendEscaped(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var start = 0
        for index in bytes.indices {
            let byte = bytes[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
            appendEscape(byte, to: &output)
            start = index + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        default:
            let digits = Array("0123456789abcdef".utf8)
            output.append(contentsOf: "\\u00".utf8)
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }
}
