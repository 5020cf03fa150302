/// Takes the `--name[=value]` words off the front of an instruction's rest.
enum FlagSplitter {
    /// The flags, and what follows them. A bare `--` ends the flags and is dropped.
    ///
    /// Quotes and escapes inside a flag word are processed here; a flag's value may so hold blanks.
    static func split(_ text: ArraySlice<UInt8>, escape: UInt8) -> (flags: [FlagSyntax], rest: ArraySlice<UInt8>) {
        var flags: [FlagSyntax] = []
        var rest = text.drop(while: Byte.isSpace)
        while rest.starts(with: [Byte.dash, Byte.dash]) {
            let (word, after) = flagWord(rest, escape: escape)
            rest = after.drop(while: Byte.isSpace)
            if word == [Byte.dash, Byte.dash] { break }
            flags.append(flag(from: word.dropFirst(2)))
        }
        return (flags, rest)
    }

    private static func flag(from word: ArraySlice<UInt8>) -> FlagSyntax {
        guard let equals = word.firstIndex(of: Byte.equals) else {
            return FlagSyntax(name: String(decoding: word, as: UTF8.self), value: nil)
        }
        return FlagSyntax(
            name: String(decoding: word[..<equals], as: UTF8.self),
            value: String(decoding: word[(equals + 1)...], as: UTF8.self))
    }

    private static func flagWord(
        _ text: ArraySlice<UInt8>, escape: UInt8
    ) -> (word: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        var word: [UInt8] = []
        var quote: UInt8?
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if quote == nil, Byte.isSpace(byte) { break }
            if byte == escape, quote != Byte.singleQuote, index + 1 < text.endIndex {
                index += 1
                word.append(text[index])
            } else if let open = quote {
                if byte == open { quote = nil } else { word.append(byte) }
            } else if byte == Byte.singleQuote || byte == Byte.doubleQuote {
                quote = byte
            } else {
                word.append(byte)
            }
            index += 1
        }
        return (word[...], text[index...])
    }
}
