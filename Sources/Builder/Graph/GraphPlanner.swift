/// Builds the graph of a Dockerfile. Pure.
public struct GraphPlanner {
    private let dockerfile: Dockerfile
    private let names: StageNames
    private let globals: [String: String]

    /// The graph of `dockerfile` for `target` (a stage's name or index; nil means the last one).
    ///
    /// - Throws: `BuilderError` with a place for names that lead nowhere and circles.
    public static func plan(
        _ dockerfile: Dockerfile, target: String?, arguments: BuildArguments
    ) throws(BuilderError) -> BuildGraph {
        let planner = GraphPlanner(
            dockerfile: dockerfile, names: StageNames(dockerfile.stages),
            globals: try arguments.globals(of: dockerfile))
        var nodes: [BuildGraph.Node] = []
        for stage in dockerfile.stages { nodes.append(try planner.node(stage)) }
        let target = try planner.targetIndex(target)
        return BuildGraph(
            nodes: nodes, target: target, needed: try planner.order(nodes, from: target), globals: planner.globals)
    }

    private init(dockerfile: Dockerfile, names: StageNames, globals: [String: String]) {
        self.dockerfile = dockerfile
        self.names = names
        self.globals = globals
    }

    private func location(_ range: SourceRange) -> SourceLocation { dockerfile.source.location(range) }

    private func targetIndex(_ target: String?) throws(BuilderError) -> Int {
        guard let target, !target.isEmpty else { return dockerfile.stages.count - 1 }
        if let stage = dockerfile.stages.last(where: { $0.name == target.lowercased() }) { return stage.index }
        if let index = Int(target), dockerfile.stages.indices.contains(index) { return index }
        let hint = Suggestion.phrase(for: target, among: names.names)
        throw BuilderError(
            .notFound, "target stage \"\(target)\" could not be found in \(dockerfile.source.name)\(hint)")
    }

    private func node(_ stage: BuildStage) throws(BuilderError) -> BuildGraph.Node {
        let expander = ShellExpander(escape: dockerfile.directives.escape)
        let base: BuildGraph.Base
        let platform: String?
        do throws(BuilderError) {
            let expanded = try expander.expand(stage.base, in: globals)
            guard !expanded.text.isEmpty else {
                let missing = expanded.unset.sorted().joined(separator: ", ")
                throw BuilderError(
                    .invalidValue,
                    "base name (\(stage.base)) should not be blank: give \(missing) a value with --build-arg or a "
                        + "default in an ARG before FROM")
            }
            if expanded.text == "scratch" {
                base = .scratch
            } else if let index = names.base(named: expanded.text, before: stage.index, in: dockerfile.stages) {
                base = .stage(index)
            } else {
                base = .image(expanded.text)
            }
            if let flag = stage.platform {
                platform = try expander.expand(flag, in: globals).text
            } else {
                platform = nil
            }
        } catch {
            throw error.located(at: location(stage.range))
        }
        return BuildGraph.Node(stage: stage, base: base, platform: platform, sources: try sources(of: stage))
    }

    private func sources(of stage: BuildStage) throws(BuilderError) -> [Int] {
        var found: Set<Int> = []
        for instruction in stage.instructions {
            do {
                for name in Self.originNames(of: instruction) {
                    if case .stage(let index) = try names.origin(name, from: stage.index) { found.insert(index) }
                }
            } catch {
                throw error.located(at: location(instruction.range))
            }
        }
        return found.sorted()
    }

    /// The names after `--from=` and `from=` of one instruction.
    static func originNames(of instruction: Instruction) -> [String] {
        switch instruction.kind {
        case .copy(let copy): copy.from.map { [$0] } ?? []
        case .run(let run): run.mounts.compactMap { $0.fields.last { $0.key == "from" }?.value }
        default: []
        }
    }

    /// The stages that `target` needs, dependencies first.
    private func order(_ nodes: [BuildGraph.Node], from target: Int) throws(BuilderError) -> [Int] {
        enum Mark { case entered, done }
        var marks: [Int: Mark] = [:]
        var order: [Int] = []
        var stack: [(index: Int, leaving: Bool)] = [(target, false)]
        while let (index, leaving) = stack.popLast() {
            if leaving {
                marks[index] = .done
                order.append(index)
                continue
            }
            if marks[index] == .done { continue }
            marks[index] = .entered
            stack.append((index, true))
            for dependency in nodes[index].dependencies.reversed() {
                if marks[dependency] == .entered {
                    throw BuilderError(
                        .invalidValue,
                        "circular dependency detected on stage: \(nodes[dependency].stage.name ?? String(dependency))",
                        at: location(nodes[index].stage.range))
                }
                if marks[dependency] == nil { stack.append((dependency, false)) }
            }
        }
        return order
    }
}
