/// Expands variables and removes quotes in one word, by the Dockerfile's rules. Pure.
public struct ShellExpander: Sendable {
    /// What happens to quotes.
    enum Quotes: Sendable {
        /// They group and are removed.
        case removed
        /// They have no meaning (heredoc bodies).
        case ordinary
    }

    /// Nesting deeper than this is refused.
    static let maximumDepth = 100

    let escape: UInt8
    var quotes = Quotes.removed
    /// Leaves `$NAME` as it stands when the variable is unset.
    var keepsUnset = false

    /// An expander for a file whose escape character is `escape`.
    init(escape: UInt8, quotes: Quotes = .removed, keepsUnset: Bool = false) {
        self.escape = escape
        self.quotes = quotes
        self.keepsUnset = keepsUnset
    }

    /// A word after expansion.
    public struct Result: Sendable, Hashable {
        /// The text.
        public let text: String
        /// The text split where unquoted blanks stand, also those that came out of a variable.
        public let words: [String]
        /// Variables that were named, had no value and no default.
        public let unset: Set<String>
    }

    /// Expands `word` with the variables in `environment`.
    ///
    /// - Throws: `BuilderError` `.invalidValue` for bad syntax, `.invalidValue` for `${name:?message}`.
    public func expand(_ word: String, in environment: [String: String]) throws(BuilderError) -> Result {
        var run = ExpansionRun(bytes: Array(word.utf8), expander: self, environment: environment)
        do {
            let text = try run.text(until: nil, rawEscapes: false, depth: 0)
            return Result(
                text: String(decoding: text, as: UTF8.self),
                words: run.finishedWords().map { String(decoding: $0, as: UTF8.self) }, unset: run.unset)
        } catch {
            throw BuilderError(error.code, "failed to process \(GoText.quoted(word)): \(error.message)")
        }
    }
}

/// One walk over a word.
struct ExpansionRun {
    let bytes: [UInt8]
    let expander: ShellExpander
    let environment: [String: String]
    var position = 0
    var unset: Set<String> = []
    private var words: [[UInt8]] = []
    private var word: [UInt8]?

    init(bytes: [UInt8], expander: ShellExpander, environment: [String: String]) {
        self.bytes = bytes
        self.expander = expander
        self.environment = environment
    }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func finishedWords() -> [[UInt8]] {
        if let last = word { words.append(last) }
        word = nil
        return words
    }

    /// Expands up to the byte `stop`, which is consumed, or to the end.
    mutating func text(until stop: UInt8?, rawEscapes: Bool, depth: Int) throws(BuilderError) -> [UInt8] {
        guard depth < ShellExpander.maximumDepth else {
            throw BuilderError(.limit, "nested deeper than \(ShellExpander.maximumDepth)")
        }
        var text: [UInt8] = []
        while let byte = peek {
            if byte == stop {
                position += 1
                return text
            }
            switch byte {
            case Byte.singleQuote where expander.quotes == .removed:
                let quoted = try singleQuoted()
                text += quoted
                note(quoted, splits: false, depth: depth)
            case Byte.doubleQuote where expander.quotes == .removed:
                let quoted = try doubleQuoted(depth: depth)
                text += quoted
                note(quoted, splits: false, depth: depth)
            case Byte.dollar:
                let value = try variable(depth: depth)
                text += value
                note(value, splits: true, depth: depth)
            case expander.escape:
                position += 1
                if rawEscapes { text.append(byte) }
                guard let escaped = peek else { continue }
                position += 1
                text.append(escaped)
                note([escaped], splits: false, depth: depth)
            default:
                position += 1
                text.append(byte)
                note([byte], splits: true, depth: depth)
            }
        }
        if let stop {
            let mark = Character(Unicode.Scalar(stop))
            throw BuilderError(.invalidValue, "unexpected end of statement while looking for matching \(mark)")
        }
        return text
    }

    /// Adds to the split words; only the outermost text is split.
    private mutating func note(_ piece: [UInt8], splits: Bool, depth: Int) {
        guard depth == 0 else { return }
        guard splits else {
            word = (word ?? []) + piece
            return
        }
        for byte in piece {
            if Byte.isSpace(byte) {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
    }

    private mutating func singleQuoted() throws(BuilderError) -> [UInt8] {
        position += 1
        guard let end = bytes[position...].firstIndex(of: Byte.singleQuote) else {
            throw BuilderError(.invalidValue, "unexpected end of statement while looking for matching single-quote")
        }
        defer { position = end + 1 }
        return Array(bytes[position..<end])
    }

    private mutating func doubleQuoted(depth: Int) throws(BuilderError) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case Byte.doubleQuote:
                position += 1
                return text
            case Byte.dollar:
                text += try variable(depth: depth)
            case expander.escape:
                position += 1
                guard let next = peek else { continue }
                position += 1
                if next != Byte.doubleQuote, next != Byte.dollar, next != expander.escape { text.append(byte) }
                text.append(next)
            default:
                position += 1
                text.append(byte)
            }
        }
        throw BuilderError(.invalidValue, "unexpected end of statement while looking for matching double-quote")
    }
}
