import Effects
import EventBus
import Logging
import OCI
import Synchronization
import SystemLinux

/// The store of images: blobs by digest, tags, unpacked layers, and the roots of containers.
///
/// Safe to use from any task. File work runs on `BlockingPool`, the database on GRDB's queues; what a call
/// acknowledges is durable. One process opens a root at a time (a lock file says so).
public final class ImageStore: Sendable {
    let layout: StoreLayout
    let metadata: Metadata
    let effects: Effects
    let bus: EventBus
    let logger: Logger
    private let lock: FileLock
    private let settings = Mutex(Settings())
    let pulls = SingleFlight<PullKey, Image>()
    let trees = SingleFlight<String, StoredTree>()
    let tars = SingleFlight<Digest, Bool>()
    let packed = PackedLayers()

    struct PullKey: Hashable, Sendable {
        let reference: Reference
        let platform: OCIPlatform
        let policy: PullPolicy
    }

    private struct Settings {
        var transport: (any ImageTransport)?
        var ownRegistries: Set<String> = []
    }

    private init(
        layout: StoreLayout, metadata: Metadata, lock: FileLock, effects: Effects, bus: EventBus, logger: Logger
    ) {
        self.layout = layout
        self.metadata = metadata
        self.lock = lock
        self.effects = effects
        self.bus = bus
        self.logger = logger
    }

    /// Opens the store at `root`, making it when it is not there, and clears what an earlier process left unfinished.
    ///
    /// Throws `io` when the directory or database cannot be used, `conflict` when another process has it open.
    public static func open(
        root: String, effects: Effects, bus: EventBus, logger: Logger
    ) async throws(ImageError) -> ImageStore {
        let layout = StoreLayout(root: root)
        let lock: FileLock
        do {
            lock = try await BlockingPool.shared.run {
                try Directory.make(root, mode: 0o700)
                let lock = try FileLock("\(root)/lock", wait: false)
                try layout.prepare()
                return lock
            }
        } catch let error as LinuxError where error.code == .busy {
            throw ImageError(.conflict, "image store \(root) is in use by another process", cause: error)
        } catch {
            throw ImageError(.io, "image store \(root) cannot be opened", cause: error)
        }
        let metadata = try await Metadata.open(path: layout.database)
        do {
            try await metadata.dropMissingTrees(layout)
        } catch {
            throw ImageError(.io, "image store \(root) cannot be checked", cause: error)
        }
        return ImageStore(layout: layout, metadata: metadata, lock: lock, effects: effects, bus: bus, logger: logger)
    }

    /// Plugs in the way to other registries.
    public func plug(transport: any ImageTransport) {
        settings.withLock { $0.transport = transport }
    }

    /// Declares the names under which this store's own registry is reached, such as `localhost:5000`: images of
    /// those names are the local images.
    public func setOwnRegistries(_ names: [String]) {
        settings.withLock { $0.ownRegistries = Set(names) }
    }

    /// The reference with this store's own registry taken away: `localhost:5000/app` is `docker.io/library/app`.
    public func localName(_ reference: Reference) -> Reference {
        guard settings.withLock({ $0.ownRegistries.contains(reference.registry) }) else { return reference }
        let suffix = (reference.tag.map { ":" + $0 } ?? "") + (reference.digest.map { "@\($0)" } ?? "")
        return (try? Reference(reference.repository + suffix)) ?? reference
    }

    /// Whether a name means this store's own registry.
    func isOwn(_ reference: Reference) -> Bool {
        settings.withLock { $0.ownRegistries.contains(reference.registry) }
    }

    func requireTransport() throws(ImageError) -> any ImageTransport {
        guard let transport = settings.withLock({ $0.transport }) else {
            throw ImageError(.unavailable, "no way to other registries is configured")
        }
        return transport
    }

    func publish(_ event: ImageEvent, about reference: String, cause: Cause?) {
        bus.publish(.image(event), subject: .image(reference), module: .images, cause: cause)
    }
}
