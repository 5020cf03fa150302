/// Finds the `<<NAME` words of an instruction and reads the bodies below it.
enum HeredocParser {
    /// More heredocs in one instruction are refused.
    static let maximumPerInstruction = 64

    /// A heredoc that was announced but whose body is not read yet.
    struct Opening: Equatable {
        let name: String
        let descriptor: Int
        let expands: Bool
        let dropsTabs: Bool
    }

    /// The heredocs that `text` announces, in order.
    static func openings(in text: some Collection<UInt8>, escape: UInt8) -> [Opening] {
        guard text.contains(UInt8(ascii: "<")) else { return [] }
        return WordSplitter.quotedWords(text, escape: escape).compactMap { opening(Array($0.utf8), escape: escape) }
    }

    /// `[digits]<<[-]WORD` taken apart; nil for any other word.
    static func opening(_ word: [UInt8], escape: UInt8) -> Opening? {
        let digits = word.prefix(while: Byte.isDigit)
        var rest = word[digits.endIndex...]
        guard rest.starts(with: Array("<<".utf8)) else { return nil }
        rest = rest.dropFirst(2)
        let dropsTabs = rest.first == Byte.dash
        if dropsTabs { rest = rest.dropFirst() }
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "<")) else { return nil }
        let expander = ShellExpander(escape: escape, keepsUnset: true)
        guard let name = try? expander.expand(String(decoding: rest, as: UTF8.self), in: [:]).text, !name.isEmpty else {
            return nil
        }
        let quoted = rest.contains { $0 == Byte.singleQuote || $0 == Byte.doubleQuote || $0 == escape }
        return Opening(
            name: name, descriptor: Int(String(decoding: digits, as: UTF8.self)) ?? 0, expands: !quoted,
            dropsTabs: dropsTabs)
    }

    /// Reads the body that ends with a line that is the heredoc's name.
    ///
    /// - Returns: nil when the file ends before the terminator.
    static func readBody(of opening: Opening, from reader: inout LogicalLineReader) -> Heredoc? {
        var body: [UInt8] = []
        while let line = reader.rawLine() {
            let content = opening.dropsTabs ? line.drop { $0 == Byte.tab } : line[...]
            let bare = content.last == Byte.carriageReturn ? content.dropLast() : content
            if bare.elementsEqual(opening.name.utf8) {
                return Heredoc(
                    name: opening.name, descriptor: opening.descriptor, expands: opening.expands,
                    dropsTabs: opening.dropsTabs, body: String(decoding: body, as: UTF8.self))
            }
            body += content
            body.append(Byte.newline)
        }
        return nil
    }
}
