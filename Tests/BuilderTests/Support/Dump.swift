@testable import Builder

/// Text forms of the front end's values, for goldens.
enum Dump {
    static func tree(_ tree: SyntaxTree) -> String {
        var text = "escape: \(Character(Unicode.Scalar(tree.directives.escape)))\n"
        if let syntax = tree.directives.syntax { text += "syntax: \(syntax)\n" }
        if let check = tree.directives.check { text += "check: \(check)\n" }
        for instruction in tree.instructions { text += self.instruction(instruction, indent: "") }
        for warning in tree.warnings {
            text += "warning \(warning.rule) line \(warning.location.range.start): \(warning.message)\n"
        }
        return text
    }

    private static func instruction(_ node: InstructionSyntax, indent: String) -> String {
        var text = "\(indent)\(node.range.start)-\(node.range.end) \(node.keyword.rawValue)"
        if !node.comments.isEmpty { text += " comments=\(node.comments)" }
        text += "\n"
        for flag in node.flags { text += "\(indent)  flag \(flag.name)=\(flag.value ?? "<none>")\n" }
        switch node.arguments {
        case .json(let words): text += "\(indent)  json \(words)\n"
        case .words(let words): text += "\(indent)  words \(words)\n"
        case .text(let words): text += "\(indent)  text \(words.debugDescription)\n"
        case .pairs(let pairs, let legacy):
            text += "\(indent)  pairs\(legacy ? " legacy" : "") \(pairs.map { "\($0.key) = \($0.value)" })\n"
        case .nested(let nested): text += instruction(nested, indent: indent + "  ")
        }
        for document in node.heredocs {
            text +=
                "\(indent)  heredoc \(document.name) expands=\(document.expands) \(document.body.debugDescription)\n"
        }
        return text
    }

    static func graph(_ graph: BuildGraph) -> String {
        var text = "target: \(graph.target)\nneeded: \(graph.needed)\n"
        for node in graph.nodes {
            text += "stage \(node.stage.index) \(node.stage.name ?? "-") base=\(node.base) sources=\(node.sources)\n"
        }
        return text
    }

    static func plan(_ plan: StagePlanner.Plan) -> String {
        var text = ""
        for step in plan.steps { text += "\(step.range.start)-\(step.range.end) \(step.createdBy)\n" }
        for warning in plan.warnings { text += "warning \(warning.rule): \(warning.message)\n" }
        return text
    }
}

/// Short ways into the front end.
enum FrontEnd {
    static func source(_ text: String, name: String = "Dockerfile") throws -> DockerfileSource {
        try DockerfileSource(name: name, bytes: Array(text.utf8))
    }

    static func dockerfile(_ text: String) throws -> Dockerfile { try DockerfileParser.parse(source(text)) }

    static func graph(
        _ text: String, target: String? = nil, arguments: [String: String?] = [:]
    ) throws -> BuildGraph {
        try GraphPlanner.plan(dockerfile(text), target: target, arguments: BuildArguments(given: arguments))
    }

    /// Plans the last stage on a base with the given start.
    static func plan(
        _ text: String, on start: StagePlanner.Start = .init(), arguments: [String: String?] = [:]
    ) throws -> StagePlanner.Plan {
        let dockerfile = try dockerfile(text)
        let given = BuildArguments(given: arguments)
        let graph = try GraphPlanner.plan(dockerfile, target: nil, arguments: given)
        return try StagePlanner.plan(
            dockerfile.stages[graph.target], of: dockerfile, on: start, graph: graph, arguments: given)
    }
}
