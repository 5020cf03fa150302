import Effects
import EventBus
import Images
import Logging
import OCI
import SystemLinux

/// One build from its request to its image.
final class BuildSession: Sendable {
    let engine: BuildEngine
    /// Names the build in events and directories.
    let id: String
    let request: BuildRequest
    let sink: @Sendable (BuildProgress) -> Void

    init(
        engine: BuildEngine, id: String, request: BuildRequest, sink: @escaping @Sendable (BuildProgress) -> Void
    ) {
        self.engine = engine
        self.id = id
        self.request = request
        self.sink = sink
    }

    /// A directory of this build, removed at its end.
    var scratch: String { "\(engine.root)/tmp/\(id)" }
    /// The same in memory, for secrets.
    var secretDirectory: String { "\(engine.runRoot)/\(id)" }

    func run() async throws -> BuildResult {
        try await BlockingPool.shared.run { [scratch, secretDirectory] in
            try Directory.make(scratch, mode: 0o700)
            try Directory.make(secretDirectory, mode: 0o700)
        }
        do {
            let result = try await execute()
            await cleanUp()
            return result
        } catch {
            await cleanUp()
            throw error
        }
    }

    private func cleanUp() async {
        let (scratch, secrets, logger) = (scratch, secretDirectory, engine.logger)
        await uncancelled {
            do {
                try await BlockingPool.shared.run {
                    try Directory.removeTree(secrets)
                    try Directory.removeTree(scratch)
                }
            } catch {
                logger.warning("scratch files of a build stay behind", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Reads and plans everything that can be planned before the base images are known.
    func plan() async throws -> BuildPlan {
        let (source, rules) = try await readSources()
        let dockerfile = try DockerfileParser.parse(source)
        let arguments = BuildArguments(
            given: request.arguments, platform: request.platform ?? .host, target: request.target)
        let graph = try GraphPlanner.plan(dockerfile, target: request.target, arguments: arguments)
        return BuildPlan(
            dockerfile: dockerfile, graph: graph, arguments: arguments,
            context: request.contextDirectory.map { ContextTree(root: $0, rules: rules) },
            hasIgnoreFile: !rules.isEmpty, hashes: FileHashCache(path: hashFile))
    }

    private func execute() async throws -> BuildResult {
        let plan = try await plan()
        let (dockerfile, graph) = (plan.dockerfile, plan.graph)
        let count = graph.needed.reduce(0) { $0 + 1 + graph.nodes[$1].stage.instructions.count }
        let reporter = ProgressReporter(effects: engine.effects, count: count, sink: sink)
        announce(plan, to: reporter)
        publish(.started(build: id))
        let stages = StageResults(session: self, plan: plan, reporter: reporter)
        let result: StageResult
        do {
            result = try await stages.result(of: graph.target, needed: graph.needed)
        } catch {
            await stages.cancelAll()
            throw error
        }
        await stages.cancelAll()
        warnAboutUnusedArguments(dockerfile, to: reporter)
        let image = try await export(result, to: reporter)
        try await finish(result, hashes: plan.hashes)
        publish(.finished(build: id, digest: image.id.description))
        let counts = reporter.counts
        return BuildResult(
            imageID: image.id, manifest: image.manifest.digest, tags: request.tags, stepCount: counts.layers,
            cachedCount: counts.cached)
    }

    /// Hashes of a context that is read in place are remembered; those of one that was sent are not needed again.
    private var hashFile: String? {
        guard let directory = request.contextDirectory, !directory.hasPrefix(engine.root) else { return nil }
        return "\(engine.root)/hashes/\(Hexadecimal.digest(of: directory))"
    }

    private func publish(_ event: BuildEvent) {
        engine.bus.publish(.build(event), subject: .build(id), module: .builder, cause: request.cause)
    }

    private func announce(_ plan: BuildPlan, to reporter: ProgressReporter) {
        reporter.finish(
            reporter.start(.internal, "[internal] load build definition from \(plan.dockerfile.source.name)"))
        if plan.hasIgnoreFile { reporter.finish(reporter.start(.internal, "[internal] load .dockerignore")) }
        for warning in plan.dockerfile.warnings { reporter.warn(warning) }
    }

    /// The Dockerfile and the rules of its ignore file.
    private func readSources() async throws -> (DockerfileSource, IgnoreRules) {
        let request = request
        return try await BlockingPool.shared.run { () throws -> (DockerfileSource, IgnoreRules) in
            let context = request.contextDirectory.map { ContextTree(root: $0) }
            let content: BuildRequest.NamedContent
            if let given = request.dockerfile {
                content = given
            } else {
                guard let context, let bytes = try Self.read(request.dockerfilePath, in: context) else {
                    throw BuilderError(
                        .notFound,
                        "failed to read dockerfile: \(request.dockerfilePath) is not in the build context: name it with -f"
                    )
                }
                content = BuildRequest.NamedContent(name: request.dockerfilePath, bytes: bytes)
            }
            let source = try DockerfileSource(name: content.name, bytes: content.bytes)
            if let given = request.ignoreFile {
                return (source, try IgnoreRules(file: given.name, bytes: given.bytes))
            }
            for name in [request.dockerfilePath + ".dockerignore", ".dockerignore"] {
                guard let context, let bytes = try Self.read(name, in: context) else { continue }
                return (source, try IgnoreRules(file: name, bytes: bytes))
            }
            return (source, .none)
        }
    }

    private static func read(_ path: String, in context: ContextTree) throws(BuilderError) -> [UInt8]? {
        let found = try context.resolve(path, followsLast: true)
        guard let entry = found.entry, entry.status.kind == .regular else { return nil }
        return try HostFile.wrapped { () throws(LinuxError) in
            try File.read(entry.hostPath, limit: DockerfileSource.maximumFileBytes)
        }
    }

    private func warnAboutUnusedArguments(_ dockerfile: Dockerfile, to reporter: ProgressReporter) {
        var declared = Set(BuildArguments.proxyNames)
        for instruction in dockerfile.globalArguments + dockerfile.stages.flatMap(\.instructions) {
            if case .arg(let declarations) = instruction.kind { declared.formUnion(declarations.map(\.name)) }
        }
        let unused = request.arguments.keys.filter {
            !declared.contains($0) && !$0.hasPrefix("BUILDKIT_") && $0 != "SOURCE_DATE_EPOCH"
        }.sorted()
        guard !unused.isEmpty else { return }
        reporter.note("[Warning] One or more build-args [\(unused.joined(separator: " "))] were not consumed")
    }

    /// Puts the image into the store.
    private func export(_ result: StageResult, to reporter: ProgressReporter) async throws -> Image {
        let number = reporter.start(.internal, "exporting to image")
        var execution = result.plan.execution
        if !request.labels.isEmpty {
            execution.labels = (execution.labels ?? [:]).merging(request.labels) { $1 }
        }
        var config = ImageConfig(
            platform: result.platform, author: result.plan.author, config: execution,
            rootfs: ImageConfig.RootFS(diffIDs: result.layers.map(\.diffID)), history: result.history)
        // The same content is the same image, also when it is built again later.
        let key = try CacheInputs.image(config)
        config.created = try await engine.cache.created(image: key, now: engine.effects.now).rfc3339Nano
        let image = try await engine.images.commitImage(
            config: config, layers: result.layers, tags: request.tags, cause: request.cause)
        for line in ["writing image \(image.id)"] + request.tags.map({ "naming to \($0.withDefaultTag.canonical)" }) {
            reporter.output(number, StepOutput(stream: .standardOutput, bytes: Array((line + "\n").utf8)))
        }
        reporter.finish(number)
        return image
    }

    /// Writes down what the next build can use. A failure here costs time later, not this build.
    private func finish(_ result: StageResult, hashes: FileHashCache) async throws {
        do {
            try await BlockingPool.shared.run { try hashes.save() }
            try await engine.noteUse(of: result.usedKeys, places: result.places)
        } catch {
            engine.logger.warning("build cache cannot be kept up", metadata: ["error": "\(error)"])
        }
    }
}

/// What all stages of a build share.
struct BuildPlan: Sendable {
    let dockerfile: Dockerfile
    let graph: BuildGraph
    let arguments: BuildArguments
    let context: ContextTree?
    let hasIgnoreFile: Bool
    let hashes: FileHashCache

    func location(_ range: SourceRange) -> SourceLocation { dockerfile.source.location(range) }
}
