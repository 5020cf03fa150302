/// The parser directives (`# key=value`) at the head of a Dockerfile.
public struct Directives: Sendable, Hashable {
    /// `# syntax=`: named and shown, the built-in front end is always used.
    public var syntax: String?
    /// `# escape=`: `\` or a backtick.
    public var escape: UInt8 = Byte.backslash
    /// `# check=`: which lint rules are skipped and whether findings are errors.
    public var check: String?

    /// Reads directives until the first line that is none; the lines are comments to everybody else.
    ///
    /// - Throws: `BuilderError` `.syntax` for a directive given twice or an escape character that is not allowed.
    static func scan(_ source: DockerfileSource) throws(BuilderError) -> Directives {
        var found = Directives()
        var seen: Set<String> = []
        for (index, line) in source.lines.enumerated() {
            guard let (key, value) = parse(line), ["syntax", "escape", "check"].contains(key) else { break }
            let number = index + 1
            guard seen.insert(key).inserted else {
                throw syntaxError("only one \(key) parser directive can be used", line: number, in: source)
            }
            switch key {
            case "syntax": found.syntax = value
            case "check": found.check = value
            default:
                guard value == "\\" || value == "`", let character = value.utf8.first else {
                    throw syntaxError(
                        "invalid ESCAPE '\(value)'. Must be ` or \\", line: number, in: source)
                }
                found.escape = character
            }
        }
        return found
    }

    private static func syntaxError(_ text: String, line: Int, in source: DockerfileSource) -> BuilderError {
        BuilderError(
            .syntax, "dockerfile parse error on line \(line): \(text)", at: source.location(SourceRange(line, line)))
    }

    /// `# key = value` taken apart; the key is lower-cased.
    private static func parse(_ line: [UInt8]) -> (key: String, value: String)? {
        var rest = line.trimmed()
        guard rest.first == Byte.hash else { return nil }
        rest = rest.dropFirst()
        guard let equals = rest.firstIndex(of: Byte.equals) else { return nil }
        let key = Array(rest[..<equals]).trimmed()
        let value = Array(rest[(equals + 1)...]).trimmed()
        guard let first = key.first, Byte.isLetter(first), !value.isEmpty,
            key.allSatisfy({ Byte.isLetter($0) || Byte.isDigit($0) })
        else { return nil }
        return (String(decoding: key, as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
    }
}
