import Document

/// The part of Go's template language that people use with `--format`: fields, pipes of a few functions, `if`, `range`,
/// `with` and variables, over a JSON value. Pure.
struct GoTemplate {
    /// What is wrong with a template, with the part that is.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The deepest nesting of blocks and parentheses.
    static let depthMax = 64

    private let nodes: [TemplateNode]

    /// Parses a template.
    /// - Throws: `Failure` naming the action that can't be read.
    init(_ text: String) throws(Failure) {
        var parser = TemplateParser(text)
        nodes = try parser.parse()
    }

    /// The text for one value.
    func render(_ value: JSONValue) throws(Failure) -> String {
        var evaluator = TemplateEvaluator(root: value)
        return try evaluator.render(nodes, dot: value)
    }
}

/// One piece of a parsed template.
indirect enum TemplateNode {
    case text(String)
    case action(TemplateExpression)
    case assign(String, TemplateExpression)
    case condition(TemplateExpression, then: [TemplateNode], otherwise: [TemplateNode], rebinds: Bool)
    case range(key: String?, value: String?, TemplateExpression, body: [TemplateNode], otherwise: [TemplateNode])
}

/// What an action computes.
indirect enum TemplateExpression {
    case literal(JSONValue)
    /// `.A.B` of the current value.
    case path([String])
    /// `$name.A.B`; the empty name is the whole value.
    case variable(String, [String])
    case call(String, [TemplateExpression])
}
