import Document

/// Reads a template into nodes.
struct TemplateParser {
    private var pieces: [Piece]
    private var position = 0

    private enum Piece {
        case text(String)
        case action(String)
    }

    /// Cuts the text at `{{` and `}}`; dashes inside trim the white space beside.
    init(_ text: String) {
        pieces = []
        var rest = text[...]
        var trimsNext = false
        func unescaped(_ piece: Substring) -> String {
            // Shells hand `\n` and `\t` through; docker reads them.
            String(piece.replacing("\\n", with: "\n").replacing("\\t", with: "\t"))
        }
        while let open = rest.firstRange(of: "{{") {
            var before = rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            if trimsNext { before = before.drop { $0.isWhitespace } }
            trimsNext = false
            if rest.hasPrefix("- ") {
                while before.last?.isWhitespace == true { before = before.dropLast() }
                rest = rest.dropFirst(2)
            }
            if !before.isEmpty { pieces.append(.text(unescaped(before))) }
            let end = rest.firstRange(of: "}}")
            var action = rest[..<(end?.lowerBound ?? rest.endIndex)]
            rest = end.map { rest[$0.upperBound...] } ?? ""
            if action.hasSuffix(" -") {
                trimsNext = true
                action = action.dropLast(2)
            }
            pieces.append(.action(end == nil ? "\u{0}" : Self.trim(action)))
        }
        if trimsNext { rest = rest.drop { $0.isWhitespace } }
        if !rest.isEmpty { pieces.append(.text(unescaped(rest))) }
    }

    static func trim(_ text: some StringProtocol) -> String {
        var part = text[...].drop { $0.isWhitespace }
        while part.last?.isWhitespace == true { part = part.dropLast() }
        return String(part)
    }

    mutating func parse() throws(GoTemplate.Failure) -> [TemplateNode] {
        let (nodes, end) = try block(depth: 0)
        guard end == nil else { throw GoTemplate.Failure(description: "unexpected {{\(end ?? "")}} in the template") }
        return nodes
    }

    /// Nodes up to `end` or `else` (which is answered), or the end of the text.
    private mutating func block(depth: Int) throws(GoTemplate.Failure) -> ([TemplateNode], String?) {
        guard depth < GoTemplate.depthMax else {
            throw GoTemplate.Failure(description: "the template is nested too deeply")
        }
        var nodes: [TemplateNode] = []
        while position < pieces.count {
            let piece = pieces[position]
            position += 1
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let action):
                if action == "end" || action == "else" || action.hasPrefix("else ") { return (nodes, action) }
                if let node = try parse(action: action, depth: depth) { nodes.append(node) }
            }
        }
        return (nodes, nil)
    }

    private mutating func parse(action: String, depth: Int) throws(GoTemplate.Failure) -> TemplateNode? {
        guard action != "\u{0}" else { throw GoTemplate.Failure(description: "the template has {{ without }}") }
        if action.hasPrefix("/*") { return nil }
        if let rest = Self.keyword("if", action) { return try condition(rest, rebinds: false, depth: depth) }
        if let rest = Self.keyword("with", action) { return try condition(rest, rebinds: true, depth: depth) }
        if let rest = Self.keyword("range", action) { return try range(rest, depth: depth) }
        if action.hasPrefix("$"), let equals = action.firstRange(of: ":=") {
            let name = Self.trim(action[..<equals.lowerBound])
            return .assign(String(name.dropFirst()), try ExpressionParser.parse(String(action[equals.upperBound...])))
        }
        return .action(try ExpressionParser.parse(action))
    }

    private static func keyword(_ word: String, _ action: String) -> String? {
        guard action.hasPrefix(word), action.dropFirst(word.count).first?.isWhitespace == true else { return nil }
        return trim(action.dropFirst(word.count))
    }

    private mutating func condition(_ text: String, rebinds: Bool, depth: Int) throws(GoTemplate.Failure)
        -> TemplateNode
    {
        let expression = try ExpressionParser.parse(text)
        let (then, end) = try block(depth: depth + 1)
        let otherwise = try elseBranch(end, depth: depth)
        return .condition(expression, then: then, otherwise: otherwise, rebinds: rebinds)
    }

    private mutating func elseBranch(_ end: String?, depth: Int) throws(GoTemplate.Failure) -> [TemplateNode] {
        guard let end else { throw GoTemplate.Failure(description: "a block of the template lacks its {{end}}") }
        if end == "end" { return [] }
        if let next = Self.keyword("if", Self.trim(end.dropFirst(4))) {
            return [try condition(next, rebinds: false, depth: depth + 1)]
        }
        let (nodes, last) = try block(depth: depth + 1)
        guard last == "end" else { throw GoTemplate.Failure(description: "a block of the template lacks its {{end}}") }
        return nodes
    }

    private mutating func range(_ text: String, depth: Int) throws(GoTemplate.Failure) -> TemplateNode {
        var key: String?
        var value: String?
        var source = text
        if text.hasPrefix("$"), let equals = text.firstRange(of: ":=") {
            let names = text[..<equals.lowerBound].split(separator: ",").map { String(Self.trim($0).dropFirst()) }
            if names.count == 2 { key = names[0] }
            value = names.last
            source = String(text[equals.upperBound...])
        }
        let expression = try ExpressionParser.parse(source)
        let (body, end) = try block(depth: depth + 1)
        return .range(key: key, value: value, expression, body: body, otherwise: try elseBranch(end, depth: depth))
    }
}

/// Reads one expression: words, quoted texts, numbers, paths, parentheses and pipes.
struct ExpressionParser {
    private var tokens: [String]
    private var position = 0

    static func parse(_ text: String) throws(GoTemplate.Failure) -> TemplateExpression {
        var parser = ExpressionParser(tokens: try tokenize(text))
        let expression = try parser.pipeline(depth: 0)
        guard parser.position == parser.tokens.count else {
            throw GoTemplate.Failure(description: "cannot read {{\(text)}} in the template")
        }
        return expression
    }

    private static func tokenize(_ text: String) throws(GoTemplate.Failure) -> [String] {
        var tokens: [String] = []
        var current = ""
        var quote: Character?
        var isEscaped = false
        func flush() {
            if !current.isEmpty { tokens.append(current) }
            current = ""
        }
        for character in text {
            if let open = quote {
                if isEscaped {
                    current.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
                    isEscaped = false
                } else if character == "\\", open == "\"" {
                    isEscaped = true
                } else if character == open {
                    quote = nil
                    // The leading quote marks a literal, also an empty one.
                    tokens.append("\"" + current)
                    current = ""
                } else {
                    current.append(character)
                }
            } else if character == "\"" || character == "`" {
                flush()
                quote = character
            } else if character.isWhitespace {
                flush()
            } else if "()|".contains(character) {
                flush()
                tokens.append(String(character))
            } else {
                current.append(character)
            }
        }
        guard quote == nil else { throw GoTemplate.Failure(description: "a quote is not closed in {{\(text)}}") }
        flush()
        return tokens
    }

    private init(tokens: [String]) {
        self.tokens = tokens
    }

    private mutating func pipeline(depth: Int) throws(GoTemplate.Failure) -> TemplateExpression {
        guard depth < GoTemplate.depthMax else {
            throw GoTemplate.Failure(description: "the template is nested too deeply")
        }
        var result = try command(depth: depth, piped: nil)
        while position < tokens.count, tokens[position] == "|" {
            position += 1
            result = try command(depth: depth, piped: result)
        }
        return result
    }

    private mutating func command(
        depth: Int,
        piped: TemplateExpression?
    ) throws(GoTemplate.Failure) -> TemplateExpression {
        guard position < tokens.count else { throw GoTemplate.Failure(description: "the template has an empty action") }
        let name = tokens[position]
        guard TemplateEvaluator.functions.contains(name) else {
            guard piped == nil else { throw GoTemplate.Failure(description: "\"\(name)\" is no function") }
            return try operand(depth: depth)
        }
        position += 1
        var arguments: [TemplateExpression] = []
        while position < tokens.count, tokens[position] != "|", tokens[position] != ")" {
            arguments.append(try operand(depth: depth))
        }
        if let piped { arguments.append(piped) }
        return .call(name, arguments)
    }

    private mutating func operand(depth: Int) throws(GoTemplate.Failure) -> TemplateExpression {
        let token = tokens[position]
        position += 1
        if token == "(" {
            let inner = try pipeline(depth: depth + 1)
            guard position < tokens.count, tokens[position] == ")" else {
                throw GoTemplate.Failure(description: "a parenthesis is not closed in the template")
            }
            position += 1
            return inner
        }
        if token.hasPrefix("\"") { return .literal(.string(String(token.dropFirst()))) }
        if let number = Int64(token) { return .literal(.integer(number)) }
        if token == "true" || token == "false" { return .literal(.bool(token == "true")) }
        if token == "nil" { return .literal(.null) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
        if token.hasPrefix(".") { return .path(parts) }
        if token.hasPrefix("$") {
            let isRoot = token.hasPrefix("$.") || token == "$"
            let name = isRoot ? "" : String(parts[0].dropFirst())
            return .variable(name, Array(parts.dropFirst()))
        }
        throw GoTemplate.Failure(description: "function \"\(token)\" is not defined")
    }
}
