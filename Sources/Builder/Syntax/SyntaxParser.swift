/// First stage of the front end: bytes to syntax tree. Pure.
public struct SyntaxParser {
    /// More instructions than this are refused.
    public static let maximumInstructions = 10_000

    private let source: DockerfileSource
    private let escape: UInt8
    private var reader: LogicalLineReader
    private var warnings: [BuildWarning] = []

    /// Reads a whole Dockerfile.
    ///
    /// - Throws: `BuilderError` with the place of the first thing that is wrong.
    public static func parse(_ source: DockerfileSource) throws(BuilderError) -> SyntaxTree {
        let directives = try Directives.scan(source)
        var parser = SyntaxParser(source: source, escape: directives.escape)
        let instructions = try parser.instructions()
        return SyntaxTree(
            source: source, directives: directives, instructions: instructions, warnings: parser.warnings)
    }

    /// Reads one instruction that did not come from a file, such as an ONBUILD trigger of a base image.
    static func parseTrigger(_ text: String, name: String) throws(BuilderError) -> InstructionSyntax {
        let source = try DockerfileSource(name: name, bytes: Array(text.utf8))
        var parser = SyntaxParser(source: source, escape: Byte.backslash)
        let found = try parser.instructions()
        guard found.count == 1 else {
            throw BuilderError(.syntax, "\(name) must hold one instruction: \(text)")
        }
        return found[0]
    }

    private init(source: DockerfileSource, escape: UInt8) {
        self.source = source
        self.escape = escape
        reader = LogicalLineReader(source: source, escape: escape)
    }

    private mutating func instructions() throws(BuilderError) -> [InstructionSyntax] {
        var found: [InstructionSyntax] = []
        while let line = reader.line() {
            guard found.count < Self.maximumInstructions else {
                throw failure("more than \(Self.maximumInstructions) instructions", line.range, code: .limit)
            }
            if line.hasEmptyContinuation {
                warnings.append(
                    BuildWarning(
                        rule: "NoEmptyContinuation", message: "empty continuation line",
                        location: source.location(line.range)))
            }
            found.append(try instruction(line.text[...], range: line.range, comments: line.comments))
        }
        guard !found.isEmpty else {
            throw BuilderError(.syntax, "\(source.name): file with no instructions")
        }
        return found
    }

    private mutating func instruction(
        _ text: ArraySlice<UInt8>, range: SourceRange, comments: [String], isNested: Bool = false
    ) throws(BuilderError) -> InstructionSyntax {
        let (word, afterWord) = WordSplitter.firstWord(text)
        let spelling = String(decoding: word, as: UTF8.self)
        guard let keyword = Keyword(rawValue: spelling.uppercased()) else {
            let hint = Suggestion.phrase(for: spelling, among: Keyword.allCases.map(\.rawValue))
            throw failure("unknown instruction: \(spelling)\(hint)", range, code: .unknownInstruction)
        }
        let (flags, rest) = FlagSplitter.split(afterWord, escape: escape)
        var arguments: ArgumentSyntax
        var end = range.end
        var heredocs: [Heredoc] = []
        if keyword == .onbuild {
            guard !isNested, !rest.isEmpty else {
                throw failure(
                    isNested
                        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
                        : "ONBUILD requires at least one argument",
                    range)
            }
            let nested = try instruction(rest, range: range, comments: [], isNested: true)
            arguments = .nested(nested)
            end = nested.range.end
        } else {
            arguments = try self.arguments(of: keyword, rest, range: range)
            if keyword.takesHeredocs, !arguments.isJSON {
                heredocs = try readHeredocs(announcedIn: rest, range: range)
                if !heredocs.isEmpty { end = reader.lastLine }
            }
        }
        return InstructionSyntax(
            keyword: keyword, spelling: spelling, flags: flags, arguments: arguments, heredocs: heredocs,
            text: String(decoding: Array(text).trimmed(), as: UTF8.self),
            range: SourceRange(range.start, end), comments: comments)
    }

    private mutating func readHeredocs(
        announcedIn text: ArraySlice<UInt8>, range: SourceRange
    ) throws(BuilderError) -> [Heredoc] {
        let openings = HeredocParser.openings(in: text, escape: escape)
        guard openings.count <= HeredocParser.maximumPerInstruction else {
            throw failure("more than \(HeredocParser.maximumPerInstruction) heredocs", range, code: .limit)
        }
        var heredocs: [Heredoc] = []
        for opening in openings {
            guard let heredoc = HeredocParser.readBody(of: opening, from: &reader) else {
                throw failure("unterminated heredoc", range)
            }
            heredocs.append(heredoc)
        }
        return heredocs
    }

    /// Gives the rest of the line the shape that belongs to the instruction.
    private func arguments(
        of keyword: Keyword, _ rest: ArraySlice<UInt8>, range: SourceRange
    ) throws(BuilderError) -> ArgumentSyntax {
        switch keyword {
        case .run, .cmd, .entrypoint, .shell:
            if let list = try jsonForm(rest, range: range) { return .json(list) }
            return .text(String(decoding: rest, as: UTF8.self))
        case .add, .copy, .volume:
            if let list = try jsonForm(rest, range: range) { return .json(list) }
            return .words(WordSplitter.plainWords(rest))
        case .from, .expose:
            return .words(WordSplitter.plainWords(rest))
        case .arg:
            return .words(WordSplitter.quotedWords(rest, escape: escape))
        case .env, .label:
            return try pairs(rest, keyword: keyword, range: range)
        case .healthcheck, .onbuild, .user, .workdir, .stopsignal, .maintainer:
            return .text(String(decoding: Array(rest).trimmed(), as: UTF8.self))
        }
    }

    private func jsonForm(_ rest: ArraySlice<UInt8>, range: SourceRange) throws(BuilderError) -> [String]? {
        guard rest.first == UInt8(ascii: "[") else { return nil }
        switch JSONStringList.parse(rest) {
        case .strings(let strings): return strings
        case .malformed: return nil
        case .otherElements:
            throw failure("when using JSON array syntax, arrays must be comprised of strings only", range)
        }
    }

    private func pairs(
        _ rest: ArraySlice<UInt8>, keyword: Keyword, range: SourceRange
    ) throws(BuilderError) -> ArgumentSyntax {
        let words = WordSplitter.quotedWords(rest, escape: escape)
        guard let first = words.first else {
            throw failure("\(keyword.rawValue) requires at least one argument", range)
        }
        guard first.contains("=") else {
            let (key, value) = WordSplitter.firstWord(rest)
            guard !value.isEmpty else { throw failure("\(keyword.rawValue) must have two arguments", range) }
            let pair = KeyValue(
                key: String(decoding: key, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
            return .pairs([pair], legacy: true)
        }
        var pairs: [KeyValue] = []
        for word in words {
            guard let equals = word.firstIndex(of: "=") else {
                throw failure(
                    "Syntax error - can't find = in \"\(word)\". Must be of the form: name=value", range)
            }
            pairs.append(
                KeyValue(key: String(word[..<equals]), value: String(word[word.index(after: equals)...])))
        }
        return .pairs(pairs, legacy: false)
    }

    private func failure(
        _ text: String, _ range: SourceRange, code: BuilderError.Code = .syntax
    ) -> BuilderError {
        BuilderError(
            code, "dockerfile parse error on line \(range.start): \(text)", at: source.location(range))
    }
}

extension ArgumentSyntax {
    var isJSON: Bool {
        if case .json = self { true } else { false }
    }
}
