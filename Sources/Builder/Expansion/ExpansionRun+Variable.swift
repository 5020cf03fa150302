extension ExpansionRun {
    /// Expands what follows a `$`, which is the current byte.
    mutating func variable(depth: Int) throws(BuilderError) -> [UInt8] {
        position += 1
        guard let byte = peek else { return [Byte.dollar] }
        if byte == Byte.openBrace { return try braced(depth: depth) }
        guard let name = name() else { return [Byte.dollar] }
        guard let value = environment[name] else {
            unset.insert(name)
            return expander.keepsUnset ? Array("$\(name)".utf8) : []
        }
        return Array(value.utf8)
    }

    /// A variable's name at the current position: letters, digits and `_`, only digits, or one special character.
    private mutating func name() -> String? {
        guard let first = peek else { return nil }
        let start = position
        if Byte.isDigit(first) {
            while let byte = peek, Byte.isDigit(byte) { position += 1 }
        } else if "@*#?-$!".utf8.contains(first) {
            position += 1
        } else {
            while let byte = peek, Byte.isLetter(byte) || Byte.isDigit(byte) || byte == Byte.underscore {
                position += 1
            }
        }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    /// `{name}` or `{name<operator>word}`; the current byte is the brace.
    private mutating func braced(depth: Int) throws(BuilderError) -> [UInt8] {
        position += 1
        guard let first = peek else { throw BuilderError(.invalidValue, "syntax error: missing '}'") }
        guard first != Byte.openBrace, first != Byte.closeBrace, first != Byte.colon, let name = name() else {
            throw BuilderError(.invalidValue, "syntax error: bad substitution")
        }
        guard let operation = peek else { throw BuilderError(.invalidValue, "syntax error: missing '}'") }
        position += 1
        switch operation {
        case Byte.closeBrace:
            guard let value = environment[name] else {
                unset.insert(name)
                return expander.keepsUnset ? Array("${\(name)}".utf8) : []
            }
            return Array(value.utf8)
        case Byte.colon:
            guard let modifier = peek else { throw BuilderError(.invalidValue, "syntax error: missing '}'") }
            guard "+-?".utf8.contains(modifier) else { throw unsupported(modifier, after: name, colon: true) }
            position += 1
            return try conditional(modifier, name: name, emptyIsUnset: true, depth: depth)
        case UInt8(ascii: "+"), Byte.dash, UInt8(ascii: "?"):
            return try conditional(operation, name: name, emptyIsUnset: false, depth: depth)
        case Byte.hash, UInt8(ascii: "%"):
            return try trimmed(operation, name: name, depth: depth)
        case Byte.slash:
            return try replaced(name: name, depth: depth)
        default:
            throw unsupported(operation, after: name, colon: false)
        }
    }

    private func unsupported(_ modifier: UInt8, after name: String, colon: Bool) -> BuilderError {
        let mark = (colon ? ":" : "") + String(Character(Unicode.Scalar(modifier)))
        return BuilderError(.invalidValue, "unsupported modifier (\(mark)) in substitution of \(name)")
    }

    private mutating func conditional(
        _ modifier: UInt8, name: String, emptyIsUnset: Bool, depth: Int
    ) throws(BuilderError) -> [UInt8] {
        let word = try text(until: Byte.closeBrace, rawEscapes: false, depth: depth + 1)
        let value = environment[name]
        let counts = value.map { !emptyIsUnset || !$0.isEmpty } ?? false
        switch modifier {
        case Byte.dash: return counts ? Array((value ?? "").utf8) : word
        case UInt8(ascii: "+"): return counts ? word : []
        default:
            guard counts else {
                let reason = emptyIsUnset ? "not allowed to be empty" : "not allowed to be unset"
                let message = word.isEmpty ? reason : String(decoding: word, as: UTF8.self)
                throw BuilderError(.invalidValue, "\(name): \(message)")
            }
            return Array((value ?? "").utf8)
        }
    }

    private mutating func trimmed(_ operation: UInt8, name: String, depth: Int) throws(BuilderError) -> [UInt8] {
        let longest = peek == operation
        if longest { position += 1 }
        let word = try text(until: Byte.closeBrace, rawEscapes: true, depth: depth + 1)
        guard let value = environment[name] else {
            unset.insert(name)
            return []
        }
        let pattern = ShellPattern(String(decoding: word, as: UTF8.self))
        let rest =
            operation == Byte.hash
            ? pattern.trimmingPrefix(of: value, longest: longest)
            : pattern.trimmingSuffix(of: value, longest: longest)
        return Array(rest.utf8)
    }

    private mutating func replaced(name: String, depth: Int) throws(BuilderError) -> [UInt8] {
        let all = peek == Byte.slash
        if all { position += 1 }
        let pattern = try text(until: Byte.slash, rawEscapes: true, depth: depth + 1)
        let replacement = try text(until: Byte.closeBrace, rawEscapes: false, depth: depth + 1)
        guard let value = environment[name] else {
            unset.insert(name)
            return []
        }
        let result = ShellPattern(String(decoding: pattern, as: UTF8.self))
            .replacing(in: value, with: String(decoding: replacement, as: UTF8.self), all: all)
        return Array(result.utf8)
    }
}
