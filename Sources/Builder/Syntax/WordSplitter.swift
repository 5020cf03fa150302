/// Splits an instruction's rest into words, leaving quotes and escapes for the expansion stage.
enum WordSplitter {
    /// Words separated by blanks; a quoted blank or an escaped one does not separate.
    static func quotedWords(_ text: some Collection<UInt8>, escape: UInt8) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var quote: UInt8?
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            if quote == nil, Byte.isSpace(byte) {
                if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                continue
            }
            word.append(byte)
            if byte == escape, quote != Byte.singleQuote {
                if let escaped = iterator.next() { word.append(escaped) }
            } else if let open = quote {
                if byte == open { quote = nil }
            } else if byte == Byte.singleQuote || byte == Byte.doubleQuote {
                quote = byte
            }
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// Words separated by blanks, quotes without meaning.
    static func plainWords(_ text: some Collection<UInt8>) -> [String] {
        text.split(whereSeparator: Byte.isSpace).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The first word and the rest behind the blanks that follow it.
    static func firstWord(_ text: ArraySlice<UInt8>) -> (word: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        let start = text.drop(while: Byte.isSpace)
        let end = start.firstIndex(where: Byte.isSpace) ?? start.endIndex
        return (start[..<end], start[end...].drop(while: Byte.isSpace))
    }
}
