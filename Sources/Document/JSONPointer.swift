/// A JSON pointer (RFC 6901): a path of keys and array indices.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The unescaped reference tokens.
    public var tokens: [String]

    /// Makes a pointer from unescaped tokens.
    public init(tokens: [String] = []) {
        self.tokens = tokens
    }

    /// Reads the text form; the empty text is the whole document, any other begins with `/`.
    public init(_ text: String) throws(DocumentError) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.hasPrefix("/") else {
            throw DocumentError(.pointer, "the JSON pointer \"\(text)\" must begin with '/'")
        }
        var tokens: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            tokens.append(try Self.unescape(part, in: text))
        }
        self.tokens = tokens
    }

    /// The text form, `~` and `/` escaped.
    public var description: String {
        var text = ""
        for token in tokens {
            text += "/"
            for character in token {
                switch character {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.append(character)
                }
            }
        }
        return text
    }

    /// The pointer with one more token.
    public func appending(_ token: String) -> JSONPointer {
        JSONPointer(tokens: tokens + [token])
    }

    /// The value this points at, or `nil`.
    public func value(in document: JSONValue) -> JSONValue? {
        var current = document
        for token in tokens {
            switch current {
            case .object(let object):
                guard let next = object[token] else { return nil }
                current = next
            case .array(let elements):
                guard let index = Self.index(token), index < elements.count else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }

    /// The array index a token stands for: digits without leading zero.
    static func index(_ token: String) -> Int? {
        guard let first = token.utf8.first, token.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            first != UInt8(ascii: "0") || token.utf8.count == 1
        else { return nil }
        return Int(token)
    }

    private static func unescape(_ part: Substring, in text: String) throws(DocumentError) -> String {
        guard part.contains("~") else { return String(part) }
        var token = ""
        var rest = part.makeIterator()
        while let character = rest.next() {
            guard character == "~" else {
                token.append(character)
                continue
            }
            switch rest.next() {
            case "0": token.append("~")
            case "1": token.append("/")
            default: throw DocumentError(.pointer, "the JSON pointer \"\(text)\" has '~' without 0 or 1 after it")
            }
        }
        return token
    }
}
