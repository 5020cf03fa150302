/// Second stage of the front end: syntax tree to typed instructions. Pure.
public struct DockerfileParser {
    private let source: DockerfileSource

    /// Types every instruction of `tree` and groups them in stages.
    ///
    /// - Throws: `BuilderError` with the place of the first instruction that is wrong.
    public static func parse(_ tree: SyntaxTree) throws(BuilderError) -> Dockerfile {
        let parser = DockerfileParser(source: tree.source)
        var globals: [Instruction] = []
        var stages: [BuildStage] = []
        var open: (from: InstructionSyntax, instructions: [Instruction])?
        for syntax in tree.instructions {
            if syntax.keyword == .from {
                if let open { stages.append(try parser.stage(open.from, open.instructions, index: stages.count)) }
                open = (syntax, [])
                continue
            }
            let instruction = try parser.instruction(syntax)
            if open != nil {
                open?.instructions.append(instruction)
            } else if syntax.keyword == .arg {
                globals.append(instruction)
            } else {
                throw parser.failure("no build stage in current context", syntax)
            }
        }
        guard let open else {
            throw BuilderError(.syntax, "\(tree.source.name): dockerfile contains no stages to build: add a FROM")
        }
        stages.append(try parser.stage(open.from, open.instructions, index: stages.count))
        return Dockerfile(
            source: tree.source, directives: tree.directives, globalArguments: globals, stages: stages,
            warnings: tree.warnings)
    }

    /// Reads and types a Dockerfile in one go.
    public static func parse(_ source: DockerfileSource) throws(BuilderError) -> Dockerfile {
        try parse(SyntaxParser.parse(source))
    }

    /// Reads one ONBUILD trigger.
    static func parseTrigger(_ text: String, name: String) throws(BuilderError) -> Instruction {
        let syntax = try SyntaxParser.parseTrigger(text, name: name)
        let source = try DockerfileSource(name: name, bytes: Array(text.utf8))
        return try DockerfileParser(source: source).instruction(syntax)
    }

    func failure(
        _ text: String, _ syntax: InstructionSyntax, code: BuilderError.Code = .syntax
    ) -> BuilderError {
        BuilderError(
            code, "dockerfile parse error on line \(syntax.range.start): \(text)", at: source.location(syntax.range))
    }

    private func stage(
        _ syntax: InstructionSyntax, _ instructions: [Instruction], index: Int
    ) throws(BuilderError) -> BuildStage {
        guard case .words(let words) = syntax.arguments, words.count == 1 || words.count == 3 else {
            throw failure("FROM requires either one or three arguments", syntax)
        }
        var name: String?
        if words.count == 3 {
            guard words[1].lowercased() == "as" else {
                throw failure("FROM requires either one argument, or three: FROM <source> [AS <name>]", syntax)
            }
            let lowered = words[2].lowercased()
            guard Self.isStageName(lowered) else {
                throw failure(
                    "invalid name for build stage: \"\(words[2])\", name can't start with a number or contain symbols",
                    syntax)
            }
            name = lowered
        }
        let flags = try reader(syntax, ["platform": .text])
        return BuildStage(
            index: index, name: name, base: words[0], platform: flags.text("platform"), text: syntax.text,
            range: syntax.range, instructions: instructions)
    }

    private static func isStageName(_ name: String) -> Bool {
        guard let first = name.utf8.first, Byte.isLetter(first) else { return false }
        return name.utf8.allSatisfy { Byte.isLetter($0) || Byte.isDigit($0) || "-_.".utf8.contains($0) }
    }

    /// Sorts the flags; a failure gets the instruction's place.
    func reader(
        _ syntax: InstructionSyntax, _ allowed: [String: FlagReader.Shape]
    ) throws(BuilderError) -> FlagReader {
        do {
            return try FlagReader(syntax.flags, allowed: allowed)
        } catch {
            throw failure(error.message, syntax, code: error.code)
        }
    }

    private func instruction(_ syntax: InstructionSyntax) throws(BuilderError) -> Instruction {
        Instruction(kind: try kind(of: syntax), text: syntax.text, range: syntax.range)
    }

    private func kind(of syntax: InstructionSyntax) throws(BuilderError) -> Instruction.Kind {
        switch syntax.keyword {
        case .add: return .add(try copy(syntax))
        case .copy: return .copy(try copy(syntax))
        case .run: return .run(try run(syntax))
        case .healthcheck: return .healthcheck(try healthcheck(syntax))
        case .from: throw failure("FROM isn't allowed as an ONBUILD trigger", syntax)
        default: break
        }
        _ = try reader(syntax, [:])
        switch (syntax.keyword, syntax.arguments) {
        case (.arg, .words(let words)): return .arg(try declarations(words, syntax))
        case (.cmd, let arguments): return .cmd(try command(arguments, syntax))
        case (.entrypoint, let arguments): return .entrypoint(try command(arguments, syntax))
        case (.env, .pairs(let pairs, _)): return .env(try checkedPairs(pairs, syntax))
        case (.label, .pairs(let pairs, _)): return .label(try checkedPairs(pairs, syntax))
        case (.expose, .words(let words)): return .expose(try atLeastOne(words, syntax))
        case (.volume, .words(let words)), (.volume, .json(let words)):
            guard !words.contains("") else { throw failure("VOLUME specified can not be an empty string", syntax) }
            return .volume(try atLeastOne(words, syntax))
        case (.shell, .json(let words)) where !words.isEmpty: return .shell(words)
        case (.shell, _): throw failure("SHELL requires the arguments to be in JSON form", syntax)
        case (.maintainer, .text(let text)): return .maintainer(try oneText(text, syntax))
        case (.stopsignal, .text(let text)): return .stopSignal(try oneText(text, syntax))
        case (.user, .text(let text)): return .user(try oneText(text, syntax))
        case (.workdir, .text(let text)): return .workdir(try oneText(text, syntax))
        case (.onbuild, .nested(let nested)): return .onbuild(try trigger(nested, syntax))
        default: throw failure("\(syntax.keyword.rawValue) has arguments of an unknown shape", syntax)
        }
    }

    private func trigger(_ nested: InstructionSyntax, _ outer: InstructionSyntax) throws(BuilderError) -> String {
        guard nested.keyword != .from, nested.keyword != .maintainer else {
            throw failure("\(nested.keyword.rawValue) isn't allowed as an ONBUILD trigger", outer)
        }
        _ = try kind(of: nested)
        // A trigger is kept as text, so the bodies of its heredocs travel with it.
        return nested.heredocs.reduce(nested.text) { $0 + "\n" + $1.body + $1.name }
    }

    private func atLeastOne(_ words: [String], _ syntax: InstructionSyntax) throws(BuilderError) -> [String] {
        guard !words.isEmpty else {
            throw failure("\(syntax.keyword.rawValue) requires at least one argument", syntax)
        }
        return words
    }

    private func oneText(_ text: String, _ syntax: InstructionSyntax) throws(BuilderError) -> String {
        guard !text.isEmpty else {
            throw failure("\(syntax.keyword.rawValue) requires exactly one argument", syntax)
        }
        return text
    }

    private func checkedPairs(_ pairs: [KeyValue], _ syntax: InstructionSyntax) throws(BuilderError) -> [KeyValue] {
        guard !pairs.contains(where: { $0.key.isEmpty }) else {
            throw failure("\(syntax.keyword.rawValue) names can not be blank", syntax)
        }
        return pairs
    }

    private func declarations(
        _ words: [String], _ syntax: InstructionSyntax
    ) throws(BuilderError) -> [ArgumentDeclaration] {
        var declarations: [ArgumentDeclaration] = []
        for word in try atLeastOne(words, syntax) {
            let equals = word.firstIndex(of: "=")
            let name = String(word[..<(equals ?? word.endIndex)])
            guard !name.isEmpty else { throw failure("ARG names can not be blank", syntax) }
            declarations.append(
                ArgumentDeclaration(name: name, fallback: equals.map { String(word[word.index(after: $0)...]) }))
        }
        return declarations
    }

    /// A command; empty shell forms are an error except for CMD and ENTRYPOINT, where they reset.
    func command(_ arguments: ArgumentSyntax, _ syntax: InstructionSyntax) throws(BuilderError) -> CommandForm {
        switch arguments {
        case .json(let words): return .exec(words)
        case .text(let text):
            // A shell form without a command resets, as an empty array does.
            return text.trimmingBlanks().isEmpty ? .exec([]) : .shell(text)
        default: throw failure("\(syntax.keyword.rawValue) requires a command", syntax)
        }
    }
}
