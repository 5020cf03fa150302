import OCI

extension StagePlanner {
    /// Plans a RUN.
    mutating func addRun(_ run: RunInstruction, text: String, at range: SourceRange) throws(BuilderError) {
        var mounts: [RunStep.ResolvedMount] = []
        for flag in run.mounts { mounts.append(try resolve(flag, at: range)) }
        let (command, script) = commandLine(of: run)
        let visible = environment.visibleArguments
        let proxies = request.proxies.filter {
            environment.arguments[$0.key] == nil && environment.value($0.key) == nil
        }
        let step = RunStep(
            arguments: command,
            environment: environment.list + visible.map { "\($0.name)=\($0.value)" },
            proxyEnvironment: proxies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            workingDirectory: execution.workingDir ?? "/", user: execution.user ?? "",
            network: run.network ?? .default, mounts: mounts, script: script)
        let shown = script.map { $0.body } ?? command.joined(separator: " ")
        let prefix = visible.isEmpty ? "" : "|\(visible.count) " + visible.map { "\($0.name)=\($0.value) " }.joined()
        steps.append(
            StageStep(
                action: .run(step), title: text, createdBy: "RUN \(prefix)\(shown) # buildkit", range: range))
    }

    /// The argv of a RUN; a lone heredoc that begins with `#!` becomes a script file.
    private func commandLine(of run: RunInstruction) -> (arguments: [String], script: RunStep.Script?) {
        guard case .shell(let text) = run.command else {
            if case .exec(let words) = run.command { return (words, nil) }
            return ([], nil)
        }
        guard !run.heredocs.isEmpty else { return (shell + [text], nil) }
        let words = WordSplitter.quotedWords(text.utf8, escape: expander.escape)
        if run.heredocs.count == 1, words.count == 1 {
            let body = run.heredocs[0].body
            guard body.hasPrefix("#!") else { return (shell + [body], nil) }
            // The container's /dev is a file system of its own, so this name leaves no trace in the layer.
            let path = "/dev/pipes/" + PathText.lastComponent(run.heredocs[0].name)
            return ([path], RunStep.Script(path: path, body: body))
        }
        // The shell sees the documents again and reads them by itself.
        let documents = run.heredocs.reduce("") { $0 + "\n" + $1.body + $1.name }
        return (shell + [text + documents], nil)
    }

    private mutating func resolve(
        _ flag: MountFlag, at range: SourceRange
    ) throws(BuilderError) -> RunStep.ResolvedMount {
        var fields: [MountFlag.Field] = []
        for field in flag.fields {
            guard let value = field.value else {
                fields.append(field)
                continue
            }
            if field.key == "from" {
                guard !value.contains("$") else {
                    throw BuilderError(
                        .invalidValue,
                        "'from' in --mount doesn't support variable expansion: give the stage a name and use that")
                }
                fields.append(field)
            } else {
                fields.append(MountFlag.Field(key: field.key, value: try expand(value, at: range)))
            }
        }
        let mount = try RunMount(fields, workingDirectory: execution.workingDir ?? "/")
        if case .bind(let bind) = mount, let from = bind.from {
            return RunStep.ResolvedMount(mount: mount, origin: try names.origin(from, from: stage.index))
        }
        return RunStep.ResolvedMount(mount: mount, origin: .context)
    }

    /// Plans a COPY or an ADD.
    mutating func addCopy(_ copy: CopyInstruction, isAdd: Bool, at range: SourceRange) throws(BuilderError) {
        let verb = isAdd ? "ADD" : "COPY"
        var sources: [String] = []
        var shown: [String] = []
        for source in copy.sources {
            let text = try expand(source, at: range)
            try refuseRemote(text, verb: verb)
            shown.append(text)
            sources.append(text)
        }
        if copy.checksum != nil || copy.keepsGitDirectory {
            throw BuilderError(
                .invalidValue, "--checksum and --keep-git-dir are for remote sources only, and skiff has none yet")
        }
        var inline: [CopyStep.InlineFile] = []
        for document in copy.heredocs {
            inline.append(CopyStep.InlineFile(name: document.name, body: try expandedBody(document, at: range)))
            shown.append("<<" + document.name)
        }
        let target = try expand(copy.destination, at: range)
        let isDirectory = target.hasSuffix("/") || target == "." || target.hasSuffix("/.")
        guard !target.isEmpty else { throw BuilderError(.invalidValue, "\(verb) needs a destination; it is empty") }
        if sources.count + inline.count > 1, !isDirectory {
            throw BuilderError(
                .invalidValue,
                "when using \(verb) with more than one source file, the destination must be a directory and end with a /"
            )
        }
        if let from = copy.from, try expander.expand(from, in: environment.scope).text != from {
            throw BuilderError(
                .invalidValue,
                "--from=\(from) doesn't support variable expansion: declare a stage `FROM \(from) AS name` and use its name"
            )
        }
        var mode: ModeChange?
        if let text = copy.mode { mode = try ModeChange(try expand(text, at: range)) }
        var owner: String?
        if let text = copy.owner { owner = try expand(text, at: range) }
        var origin = CopyOrigin.context
        if let from = copy.from { origin = try names.origin(from, from: stage.index) }
        let step = CopyStep(
            origin: origin,
            sources: sources, inlineFiles: inline,
            destination: PathText.absolute(target, in: execution.workingDir ?? "/"),
            destinationIsDirectory: isDirectory, owner: owner, mode: mode, isLinked: copy.isLinked && mode == nil,
            keepsParents: copy.keepsParents, excludes: copy.excludes, unpacks: copy.unpacks ?? isAdd)
        let text = title(verb, copy, shown: shown, target: target)
        steps.append(StageStep(action: .copy(step), title: text, createdBy: text + " # buildkit", range: range))
    }

    private func title(_ verb: String, _ copy: CopyInstruction, shown: [String], target: String) -> String {
        var words = [verb]
        if let from = copy.from { words.append("--from=\(from)") }
        if let owner = copy.owner { words.append("--chown=\(owner)") }
        if let mode = copy.mode { words.append("--chmod=\(mode)") }
        if copy.isLinked { words.append("--link") }
        if copy.keepsParents { words.append("--parents") }
        words += copy.excludes.map { "--exclude=\($0)" }
        return (words + shown + [target]).joined(separator: " ")
    }

    private mutating func expandedBody(_ document: Heredoc, at range: SourceRange) throws(BuilderError) -> String {
        guard document.expands else { return document.body }
        let bodyExpander = ShellExpander(escape: Byte.backslash, quotes: .ordinary)
        let result = try bodyExpander.expand(document.body, in: environment.scope)
        note(result.unset, at: range)
        return result.text
    }

    private func refuseRemote(_ text: String, verb: String) throws(BuilderError) {
        let isGit = text.hasPrefix("git@") || text.hasPrefix("git://") || text.hasPrefix("ssh://")
        let isURL = text.hasPrefix("http://") || text.hasPrefix("https://")
        guard isGit || isURL else { return }
        guard verb == "ADD" else {
            throw BuilderError(.invalidValue, "source can't be a URL for COPY: \(text); download it in a RUN step")
        }
        throw BuilderError(
            .unsupported,
            "ADD from \(isGit ? "a git repository" : "a URL") is not supported by skiff yet (\(text)): "
                + "fetch it in a RUN step, for example with curl or git")
    }
}
