import OCI

/// Fourth stage of the front end: the instructions of one stage, with its base's configuration, to steps. Pure.
public struct StagePlanner {
    /// The PATH of an image that has none.
    public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    let source: DockerfileSource
    let names: StageNames
    let request: BuildArguments
    let globals: [String: String]
    let stage: BuildStage
    let expander: ShellExpander
    /// The configuration so far.
    var execution: ImageConfig.Execution
    /// The variables so far.
    var environment: StageEnvironment
    var author: String?
    var steps: [StageStep] = []
    /// Variables that were used without a value, with the lines.
    var warnings: [BuildWarning] = []
    private var hasCommand = false

    /// What a stage turns into.
    public struct Plan: Sendable, Hashable {
        /// The steps in order.
        public let steps: [StageStep]
        /// The configuration at the end.
        public let execution: ImageConfig.Execution
        /// The MAINTAINER, if any.
        public let author: String?
        /// The ARGs in force at the end; a stage built on this one inherits them.
        let arguments: [String: String]
        /// Findings that do not stop the build.
        public let warnings: [BuildWarning]
    }

    /// What a stage begins with.
    public struct Start: Sendable, Hashable {
        /// The base's configuration.
        public var execution: ImageConfig.Execution
        /// The base's author.
        public var author: String?
        /// The ARGs that an earlier stage of the file left.
        var arguments: [String: String]

        /// The start on an image or on nothing.
        public init(execution: ImageConfig.Execution = .init(), author: String? = nil) {
            self.execution = execution
            self.author = author
            arguments = [:]
        }

        /// The start on an earlier stage.
        init(after plan: Plan) {
            execution = plan.execution
            author = plan.author
            arguments = plan.arguments
        }
    }

    /// Plans `stage`, the ONBUILD triggers of its base first.
    ///
    /// - Throws: `BuilderError` with the place of the instruction that is wrong.
    public static func plan(
        _ stage: BuildStage, of dockerfile: Dockerfile, on start: Start, graph: BuildGraph, arguments: BuildArguments
    ) throws(BuilderError) -> Plan {
        var planner = StagePlanner(
            source: dockerfile.source, names: StageNames(dockerfile.stages), request: arguments,
            globals: graph.globals, stage: stage, expander: ShellExpander(escape: dockerfile.directives.escape),
            start: start)
        let triggers = start.execution.onBuild ?? []
        planner.execution.onBuild = nil
        for (index, trigger) in triggers.enumerated() {
            do {
                let parsed = try DockerfileParser.parseTrigger(
                    trigger, name: "ONBUILD trigger \(index + 1) of \(stage.base)")
                // A trigger has no line of its own here; the FROM that brought it in is shown.
                try planner.add(Instruction(kind: parsed.kind, text: trigger, range: stage.range))
            } catch {
                throw error.located(at: dockerfile.source.location(stage.range))
            }
        }
        for instruction in stage.instructions {
            do {
                try planner.add(instruction)
            } catch {
                throw error.located(at: dockerfile.source.location(instruction.range))
            }
        }
        planner.execution.env = planner.environment.list
        return Plan(
            steps: planner.steps, execution: planner.execution, author: planner.author,
            arguments: planner.environment.arguments, warnings: planner.warnings)
    }

    private init(
        source: DockerfileSource, names: StageNames, request: BuildArguments, globals: [String: String],
        stage: BuildStage, expander: ShellExpander, start: Start
    ) {
        self.source = source
        self.names = names
        self.request = request
        self.globals = globals
        self.stage = stage
        self.expander = expander
        execution = start.execution
        author = start.author
        environment = StageEnvironment(start.execution.env ?? [])
        for (name, value) in start.arguments { environment.declare(name, value) }
        if environment.value("PATH") == nil { environment.set("PATH", Self.defaultPath) }
        if execution.workingDir?.isEmpty ?? true { execution.workingDir = "/" }
    }

    /// `word` expanded with the variables in force; an unset variable is noted as a warning.
    mutating func expand(_ word: String, at range: SourceRange) throws(BuilderError) -> String {
        let result = try expander.expand(word, in: environment.scope)
        note(result.unset, at: range)
        return result.text
    }

    mutating func note(_ unset: Set<String>, at range: SourceRange) {
        for name in unset.sorted() {
            let hint = Suggestion.phrase(for: name, among: environment.scope.keys.sorted())
            warnings.append(
                BuildWarning(
                    rule: "UndefinedVar", message: "usage of undefined variable '$\(name)'\(hint)",
                    location: source.location(range)))
        }
    }

    /// Adds a step that only changes the configuration.
    mutating func addMetadata(_ text: String, at range: SourceRange) {
        steps.append(StageStep(action: nil, title: text, createdBy: text, range: range))
    }

    private mutating func add(_ instruction: Instruction) throws(BuilderError) {
        let range = instruction.range
        switch instruction.kind {
        case .arg(let declarations): try addArguments(declarations, at: range)
        case .env(let pairs): try addEnvironment(pairs, at: range)
        case .label(let pairs): try addLabels(pairs, at: range)
        case .run(let run): try addRun(run, text: instruction.text, at: range)
        case .copy(let copy): try addCopy(copy, isAdd: false, at: range)
        case .add(let copy): try addCopy(copy, isAdd: true, at: range)
        case .workdir(let path): try addWorkdir(path, at: range)
        case .expose(let words): try addPorts(words, at: range)
        case .volume(let words): try addVolumes(words, at: range)
        case .user(let text):
            let user = try expand(text, at: range)
            execution.user = user
            addMetadata("USER \(user)", at: range)
        case .stopSignal(let text): try addStopSignal(text, at: range)
        case .shell(let words):
            execution.shell = words
            addMetadata("SHELL [\(words.joined(separator: " "))]", at: range)
        case .cmd(let form):
            execution.cmd = commandLine(form)
            hasCommand = true
            addMetadata("CMD " + GoText.list(execution.cmd ?? []), at: range)
        case .entrypoint(let form):
            execution.entrypoint = commandLine(form)
            // An inherited command belongs to the inherited entry point.
            if !hasCommand { execution.cmd = nil }
            addMetadata("ENTRYPOINT " + GoText.list(execution.entrypoint ?? []), at: range)
        case .healthcheck(let instruction):
            execution.healthcheck = instruction.check
            addMetadata("HEALTHCHECK " + GoText.list(instruction.check.test ?? []), at: range)
        case .maintainer(let name):
            author = try expand(name, at: range)
            addMetadata("MAINTAINER \(author ?? "")", at: range)
        case .onbuild(let trigger):
            execution.onBuild = (execution.onBuild ?? []) + [trigger]
            addMetadata("ONBUILD \(trigger)", at: range)
        }
    }

    /// The shell that shell forms are given to.
    var shell: [String] {
        if let shell = execution.shell, !shell.isEmpty { return shell }
        return ["/bin/sh", "-c"]
    }

    private func commandLine(_ form: CommandForm) -> [String] {
        switch form {
        case .exec(let words): words
        case .shell(let text): shell + [text]
        }
    }

    private mutating func addArguments(
        _ declarations: [ArgumentDeclaration], at range: SourceRange
    ) throws(BuilderError) {
        var shown: [String] = []
        for declaration in declarations {
            var value: String?
            if let entry = request.given[declaration.name] {
                value = entry
            } else if let fallback = declaration.fallback {
                value = try expand(fallback, at: range)
            } else {
                value = globals[declaration.name] ?? environment.arguments[declaration.name]
            }
            environment.declare(declaration.name, value)
            shown.append(value.map { "\(declaration.name)=\($0)" } ?? declaration.name)
        }
        addMetadata("ARG " + shown.joined(separator: " "), at: range)
    }

    private mutating func addEnvironment(_ pairs: [KeyValue], at range: SourceRange) throws(BuilderError) {
        // All pairs see the variables from before the instruction.
        var expanded: [(String, String)] = []
        for pair in pairs { expanded.append((try expand(pair.key, at: range), try expand(pair.value, at: range))) }
        for (key, value) in expanded {
            guard !key.isEmpty else { throw BuilderError(.invalidValue, "ENV names can not be blank") }
            environment.set(key, value)
        }
        addMetadata("ENV " + expanded.map { "\($0.0)=\($0.1)" }.joined(separator: " "), at: range)
    }

    private mutating func addLabels(_ pairs: [KeyValue], at range: SourceRange) throws(BuilderError) {
        var labels = execution.labels ?? [:]
        var shown: [String] = []
        for pair in pairs {
            let (key, value) = (try expand(pair.key, at: range), try expand(pair.value, at: range))
            guard !key.isEmpty else { throw BuilderError(.invalidValue, "LABEL names can not be blank") }
            labels[key] = value
            shown.append("\(key)=\(value)")
        }
        execution.labels = labels
        addMetadata("LABEL " + shown.joined(separator: " "), at: range)
    }

    private mutating func addWorkdir(_ text: String, at range: SourceRange) throws(BuilderError) {
        let path = try expand(text, at: range)
        guard !path.isEmpty else { throw BuilderError(.invalidValue, "WORKDIR requires a path; \(text) is empty") }
        let absolute = PathText.absolute(path, in: execution.workingDir ?? "/")
        execution.workingDir = absolute
        guard absolute != "/" else { return addMetadata("WORKDIR \(absolute)", at: range) }
        steps.append(
            StageStep(
                action: .directory(path: absolute, user: execution.user ?? ""), title: "WORKDIR \(path)",
                createdBy: "WORKDIR \(absolute)",
                range: range))
    }

    private mutating func addPorts(_ words: [String], at range: SourceRange) throws(BuilderError) {
        var ports: [String] = []
        for word in words {
            let result = try expander.expand(word, in: environment.scope)
            note(result.unset, at: range)
            for text in result.words { ports += try PortList.parse(text) }
        }
        let known = execution.exposedPorts?.members ?? []
        execution.exposedPorts = ObjectSet(known.union(ports))
        addMetadata("EXPOSE [\(ports.joined(separator: " "))]", at: range)
    }

    private mutating func addVolumes(_ words: [String], at range: SourceRange) throws(BuilderError) {
        var volumes: [String] = []
        for word in words {
            let path = try expand(word, at: range)
            guard !path.isEmpty else {
                throw BuilderError(.invalidValue, "VOLUME specified can not be an empty string")
            }
            volumes.append(path)
        }
        execution.volumes = ObjectSet((execution.volumes?.members ?? []).union(volumes))
        addMetadata("VOLUME [\(volumes.joined(separator: " "))]", at: range)
    }

    private mutating func addStopSignal(_ text: String, at range: SourceRange) throws(BuilderError) {
        let signal = try expand(text, at: range)
        guard SignalName.isValid(signal) else {
            throw BuilderError(
                .invalidValue, "invalid signal \"\(signal)\" in STOPSIGNAL: write a name such as SIGTERM or a number")
        }
        execution.stopSignal = signal
        addMetadata("STOPSIGNAL \(signal)", at: range)
    }
}
