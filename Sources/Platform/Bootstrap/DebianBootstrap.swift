import DockerAPI
import Effects
import EventBus
import Images
import Logging
import OCI
import Subprocess
import SystemLinux

/// Base images from a Debian or Ubuntu archive, made with mmdebstrap and the host's own apt sources: no registry needed.
public struct DebianBootstrap: ImageBootstrapper {
    /// Lines of the bootstrap's output that an error quotes.
    private static let quotedLines = 12
    /// Documentation and translations, left out as slim images do; licences stay.
    private static let excludes = [
        "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/info/*",
        "path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright",
    ]

    private let images: ImageStore
    private let effects: Effects
    private let logger: Logger

    /// Makes images in a store.
    public init(images: ImageStore, effects: Effects, logger: Logger) {
        self.images = images
        self.effects = effects
        self.logger = logger
    }

    /// Builds a base image; see `ImageBootstrapper`. Takes as long as downloading and installing the packages.
    public func bootstrap(
        _ request: BootstrapRequest, cause: Cause?, progress: @escaping @Sendable (String) -> Void
    ) async throws -> Image {
        try Self.check(request)
        let tool = try await Self.findTool()
        let started = effects.time.monotonic
        let tree = try await images.makeScratch()
        let settings = try await images.makeScratch()
        do {
            let host = try await AptHost.read()
            let sources = host.sources.serving(request.suite)
            progress(
                sources.isEmpty
                    ? "no apt source of this host serves \(request.suite), using the tool's default archive"
                    : "using \(sources.count) apt sources of this host for \(request.suite)"
            )
            let plan = BootstrapPlan(
                request: request, sources: sources, host: host, tree: tree.path, settings: settings.path,
                excludes: Self.excludes
            )
            try await BlockingPool.shared.run { try plan.writeSettings() }
            try await install(tool, plan, progress)
            progress("tidying: no trace of this host stays")
            let hasPython = request.packages.contains { $0.hasPrefix("python3") }
            try await BlockingPool.shared.run {
                try BootstrapTidy(root: tree.path, suite: request.suite, hasPython: hasPython).run()
            }
            let image = try await commit(tree, request, hasPython: hasPython, cause: cause)
            try await images.discard(settings)
            let seconds = (effects.time.monotonic - started).components.seconds
            progress("made \(image.references.map(\.familiar).joined(separator: ", ")) in \(seconds) s")
            return image
        } catch {
            try? await images.discard(settings)
            try? await images.discard(tree)
            throw error
        }
    }

    /// Suites and packages become arguments and apt lines: only what names of those can hold is let through.
    private static func check(_ request: BootstrapRequest) throws {
        func isName(_ text: String, extra: String) -> Bool {
            guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count <= 128 else { return false }
            return text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
                    || extra.utf8.contains(byte)
            }
        }
        guard isName(request.suite, extra: "-") else {
            throw ImageError(.invalid, "\"\(request.suite)\" is not a release name such as bookworm")
        }
        if let bad = request.packages.first(where: { !isName($0, extra: "+-.:=~") }) {
            throw ImageError(.invalid, "\"\(bad)\" is not a package name")
        }
    }

    private static func findTool() async throws -> String {
        let path = ProcessEnvironment.value("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let found = try await BlockingPool.shared.run {
            path.split(separator: ":").map { "\($0)/mmdebstrap" }.first { File.exists($0) }
        }
        guard let found else {
            throw ImageError(
                .unavailable,
                "mmdebstrap is not installed; run `apt-get install mmdebstrap`, or pull a base image instead"
            )
        }
        return found
    }

    private func install(
        _ tool: String, _ plan: BootstrapPlan, _ progress: @escaping @Sendable (String) -> Void
    ) async throws {
        var options = PlatformOptions()
        // A session of its own: the daemon's terminal signals are not for it, and its children end with it.
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(allowedDurationToNextStep: .seconds(5))
        ]
        let result: ExecutionResult<[String], DiscardedOutput, SequenceOutput>
        do {
            result = try await run(
                .name(File.name(of: tool)), arguments: Arguments(plan.arguments),
                environment: .inherit.updating([
                    "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                ]),
                platformOptions: options, input: .none, output: .discarded, error: .sequence
            ) { execution in
                var tail: [String] = []
                for try await line in execution.standardError.strings() {
                    let text = plan.redact(line)
                    tail = (tail + [text]).suffix(Self.quotedLines)
                    if let shown = Self.shown(text) { progress(shown) }
                }
                return tail
            }
        } catch let error as SubprocessError {
            throw ImageError(.unavailable, "\(tool) cannot be run", cause: error)
        }
        guard result.terminationStatus.isSuccess else {
            throw ImageError(
                .unavailable,
                "mmdebstrap failed (\(result.terminationStatus)); its last words:\n"
                    + result.closureResult.joined(separator: "\n")
            )
        }
    }

    /// What a person wants to see of a line; nil for progress bars and chatter.
    private static func shown(_ line: String) -> String? {
        if line.hasPrefix("I: ") { return String(line.dropFirst(3)) }
        return line.hasPrefix("E: ") || line.hasPrefix("Err:") ? line : nil
    }

    private func commit(
        _ tree: ScratchTree, _ request: BootstrapRequest, hasPython: Bool, cause: Cause?
    ) async throws -> Image {
        let release = try await BlockingPool.shared.run {
            (try? File.readText("\(tree.path)/usr/lib/os-release")) ?? ""
        }
        let layer = try await images.commitLayer(scratch: tree)
        let now = effects.now.rfc3339Nano
        var execution = ImageConfig.Execution()
        execution.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        if hasPython { execution.env?.append("LANG=C.UTF-8") }
        execution.cmd = [hasPython ? "python3" : "bash"]
        let command =
            "skiff image bootstrap \(request.suite)"
            + (request.packages.isEmpty ? "" : " --include \(request.packages.joined(separator: ","))")
        let config = ImageConfig(
            created: now, config: execution, history: [ImageConfig.HistoryEntry(created: now, createdBy: command)]
        )
        let isUbuntu = release.split(separator: "\n").contains("ID=ubuntu")
        let tags =
            request.tags.isEmpty
            ? [try Reference("\(isUbuntu ? "ubuntu" : "debian"):\(request.suite)")] : request.tags
        return try await images.commitImage(config: config, layers: [layer], tags: tags, cause: cause)
    }
}
