/// The JSON form of an instruction's arguments: an array that holds only strings.
///
/// A prefix parser of its own, because the grammar ignores what follows the array and falls back to the shell
/// form on malformed text, which a strict reader of whole documents cannot tell apart.
enum JSONStringList {
    /// What the text turned out to be.
    enum Outcome: Equatable {
        /// An array of strings.
        case strings([String])
        /// A correct array that holds something else than strings.
        case otherElements
        /// No JSON array; the shell form applies.
        case malformed
    }

    /// Deeper nesting counts as malformed.
    private static let maximumDepth = 64

    /// Reads the array at the start of `text`; blanks before it are skipped.
    static func parse(_ text: some Collection<UInt8>) -> Outcome {
        var scanner = Scanner(bytes: Array(text))
        scanner.skipSpaces()
        guard scanner.take(UInt8(ascii: "[")) else { return .malformed }
        var strings: [String] = []
        var onlyStrings = true
        scanner.skipSpaces()
        if scanner.take(UInt8(ascii: "]")) { return .strings([]) }
        while true {
            scanner.skipSpaces()
            if scanner.peek == Byte.doubleQuote {
                guard let string = scanner.string() else { return .malformed }
                strings.append(string)
            } else {
                guard scanner.value(depth: 1) else { return .malformed }
                onlyStrings = false
            }
            scanner.skipSpaces()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.take(UInt8(ascii: "]")) else { return .malformed }
            return onlyStrings ? .strings(strings) : .otherElements
        }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            position += 1
            return true
        }

        mutating func skipSpaces() {
            while let byte = peek, byte == Byte.space || byte == Byte.tab || byte == Byte.newline || byte == 0x0D {
                position += 1
            }
        }

        /// Skips one value of any type; false when it is malformed.
        mutating func value(depth: Int) -> Bool {
            guard depth < JSONStringList.maximumDepth, let byte = peek else { return false }
            switch byte {
            case Byte.doubleQuote: return string() != nil
            case UInt8(ascii: "["), Byte.openBrace: return container(depth: depth)
            case UInt8(ascii: "t"): return literal("true")
            case UInt8(ascii: "f"): return literal("false")
            case UInt8(ascii: "n"): return literal("null")
            default: return number()
            }
        }

        mutating func container(depth: Int) -> Bool {
            let isObject = peek == Byte.openBrace
            let close = isObject ? Byte.closeBrace : UInt8(ascii: "]")
            position += 1
            skipSpaces()
            if take(close) { return true }
            while true {
                skipSpaces()
                if isObject {
                    guard peek == Byte.doubleQuote, string() != nil else { return false }
                    skipSpaces()
                    guard take(Byte.colon) else { return false }
                    skipSpaces()
                }
                guard value(depth: depth + 1) else { return false }
                skipSpaces()
                if take(UInt8(ascii: ",")) { continue }
                return take(close)
            }
        }

        mutating func literal(_ word: StaticString) -> Bool {
            let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
            if matches { position += word.utf8CodeUnitCount }
            return matches
        }

        mutating func number() -> Bool {
            _ = take(Byte.dash)
            let start = position
            guard digits() else { return false }
            if bytes[start] == UInt8(ascii: "0"), position > start + 1 { return false }
            if take(UInt8(ascii: ".")) { guard digits() else { return false } }
            if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
                if !take(UInt8(ascii: "+")) { _ = take(Byte.dash) }
                return digits()
            }
            return true
        }

        mutating func digits() -> Bool {
            let start = position
            while let byte = peek, Byte.isDigit(byte) { position += 1 }
            return position > start
        }

        /// A JSON string; nil when it is malformed.
        mutating func string() -> String? {
            guard take(Byte.doubleQuote) else { return nil }
            var text: [UInt8] = []
            while let byte = peek {
                position += 1
                switch byte {
                case Byte.doubleQuote: return String(decoding: text, as: UTF8.self)
                case Byte.backslash:
                    guard let scalar = escape() else { return nil }
                    text.append(contentsOf: Array(String(Character(scalar)).utf8))
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        mutating func escape() -> Unicode.Scalar? {
            guard let byte = peek else { return nil }
            position += 1
            switch byte {
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{c}"
            case Byte.doubleQuote, Byte.backslash, Byte.slash: return Unicode.Scalar(byte)
            case UInt8(ascii: "u"): return unicodeEscape()
            default: return nil
            }
        }

        /// `XXXX`, joined with a following low surrogate; a lone surrogate becomes U+FFFD.
        mutating func unicodeEscape() -> Unicode.Scalar? {
            guard let high = hexadecimal() else { return nil }
            guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
            let mark = position
            guard take(Byte.backslash), take(UInt8(ascii: "u")), let low = hexadecimal(),
                (0xDC00...0xDFFF).contains(low)
            else {
                position = mark
                return "\u{FFFD}"
            }
            return Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        }

        mutating func hexadecimal() -> UInt32? {
            guard position + 4 <= bytes.count else { return nil }
            let digits = bytes[position..<position + 4]
            guard digits.allSatisfy({ Byte.isDigit($0) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }) else {
                return nil
            }
            position += 4
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
