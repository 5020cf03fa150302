import Effects
import EventBus
import Images
import Logging
import OCI
import SystemLinux

/// Builds images from Dockerfiles: the front end's plans carried out on the image store.
///
/// Safe to use from any task; several builds run at the same time and share the cache and each other's steps.
public final class BuildEngine: Sendable {
    /// Steps that are executed at the same time, over all builds.
    public static let maximumParallelSteps = 8
    /// Builds that run at the same time; more wait.
    public static let maximumParallelBuilds = 16
    /// The name under which the store keeps the cache's layers.
    static let cacheHolder = "build-cache"
    /// What the container ids of steps begin with.
    static let containerPrefix = "build-"

    let root: String
    let runRoot: String
    let images: ImageStore
    let runner: any StepRunner
    let trust: HostTrust.Decision
    /// Time and chance, for those who ask the engine about ages.
    public let effects: Effects
    let bus: EventBus
    let logger: Logger
    let cache: BuildCache
    /// One task at a time works out the result for a key.
    let flights = KeyedLock()
    /// One step at a time uses a locked cache mount.
    let mountLocks = KeyedLock()
    let stepGate = KeyedLock(limit: BuildEngine.maximumParallelSteps)
    private let buildGate = KeyedLock(limit: BuildEngine.maximumParallelBuilds)

    /// Opens the builder's state under `root` and clears what an earlier process left: half-made roots, scratch files.
    ///
    /// - Parameters:
    ///   - root: directory for the cache, on the image store's file system; made when missing.
    ///   - runRoot: directory in memory for secrets of running steps; emptied now.
    ///   - runner: carries out RUN steps.
    ///   - trust: what RUN steps get of the host's certificates and proxies; see `HostTrust.decide`.
    public static func open(
        root: String, runRoot: String, images: ImageStore, runner: any StepRunner, trust: HostTrust.Decision,
        effects: Effects, bus: EventBus, logger: Logger
    ) async throws -> BuildEngine {
        try await BlockingPool.shared.run {
            try Directory.make(root, mode: 0o700)
            try Directory.removeTree(runRoot)
            try Directory.make(runRoot, mode: 0o700)
            try Directory.removeTree(root + "/tmp")
            for name in ["tmp", "hashes", "cache-mounts"] { try Directory.make("\(root)/\(name)", mode: 0o700) }
        }
        for id in try await images.rootIDs() where id.hasPrefix(containerPrefix) {
            try await images.removeRoot(containerID: id)
        }
        let cache = try await BuildCache.open(root: root)
        return BuildEngine(
            root: root, runRoot: runRoot, images: images, runner: runner, trust: trust, effects: effects, bus: bus,
            logger: logger, cache: cache)
    }

    private init(
        root: String, runRoot: String, images: ImageStore, runner: any StepRunner, trust: HostTrust.Decision,
        effects: Effects, bus: EventBus, logger: Logger, cache: BuildCache
    ) {
        self.root = root
        self.runRoot = runRoot
        self.images = images
        self.runner = runner
        self.trust = trust
        self.effects = effects
        self.bus = bus
        self.logger = logger
        self.cache = cache
    }

    /// Carries out `request` and calls `report`, which must be quick, with what happens, from any task.
    ///
    /// When the calling task is cancelled, running steps are killed and everything half-made is removed before this
    /// throws. Errors are `BuilderError`, or `ImageError` from the store.
    public func build(
        _ request: BuildRequest, report: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> BuildResult {
        let id = String(effects.hexID().prefix(12))
        return try await buildGate.withLock("build") { [self] in
            let session = BuildSession(engine: self, id: id, request: request, sink: report)
            do {
                let result = try await session.run()
                return result
            } catch {
                let cancelled = Task.isCancelled || error is CancellationError
                let exitCode = (error as? BuilderError)?.exitCode ?? 0
                let event: BuildEvent =
                    cancelled ? .cancelled(build: id) : .failed(build: id, step: 0, exitCode: exitCode)
                bus.publish(.build(event), subject: .build(id), module: .builder, cause: request.cause)
                if cancelled { throw BuilderError(.cancelled, "build \(id) was cancelled", cause: error) }
                throw error
            }
        }
    }
}
