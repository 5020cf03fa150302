import Effects
import EventBus
import Images
import Keeper
import Logging
import Synchronization
import SystemLinux
import Volumes

/// Containers and sandboxes: the engine behind `run`, the Engine API and the node.
///
/// All methods may be called from any task. References are names, ids or unique beginnings of ids. What blocks runs on
/// the blocking pool; state is read without suspending. Errors are `RuntimeError`.
public final class ContainerRuntime: Sendable {
    /// Where things are kept.
    public let configuration: RuntimeConfiguration
    /// What this host can give.
    public let facts: HostFacts

    let images: ImageStore
    let volumes: VolumeStore
    let keeper: any ProcessKeeper
    let cgroups: any ControlGroups
    let network: (any SandboxNetwork)?
    let ports: (any PortPublisher)?
    let bus: EventBus
    let effects: Effects
    let logger: Logger

    let records: RecordStore
    let sandboxStore: SandboxStore
    let registry = ContainerRegistry()
    let sandboxRegistry = Mutex<[String: Sandbox]>([:])
    let tasks = Mutex<[String: TaskRun]>([:])
    let execWaits = Mutex<[String: [AsyncStream<Int>.Continuation]]>([:])
    let reactor: DescriptorReactor
    let logWatcher: LogWatcher
    /// Work without an end; cancelled with the runtime.
    let background = BackgroundTasks()
    /// Clean-up that must be finished before the runtime ends.
    let finishing = BackgroundTasks()

    /// Prepares the directories; no container is looked at before `recover()`. Blocks.
    ///
    /// - Parameters:
    ///   - configuration: where things are kept.
    ///   - images: where roots come from.
    ///   - volumes: where named volumes come from.
    ///   - keeper: who holds the processes.
    ///   - cgroups: who limits them.
    ///   - network: who connects them; nil leaves only `--network none` and `host`.
    ///   - ports: who publishes ports; nil refuses `-p`.
    ///   - bus: where container events go.
    ///   - effects: time and chance.
    ///   - logger: for what has no caller to tell.
    /// - Throws: `RuntimeError` `.internalFailure` when a directory can't be made.
    public init(
        configuration: RuntimeConfiguration,
        images: ImageStore,
        volumes: VolumeStore,
        keeper: any ProcessKeeper,
        cgroups: any ControlGroups,
        network: (any SandboxNetwork)? = nil,
        ports: (any PortPublisher)? = nil,
        bus: EventBus,
        effects: Effects,
        logger: Logger
    ) throws(RuntimeError) {
        self.configuration = configuration
        self.images = images
        self.volumes = volumes
        self.keeper = keeper
        self.cgroups = cgroups
        self.network = network
        self.ports = ports
        self.bus = bus
        self.effects = effects
        self.logger = logger
        do {
            try Directory.make(configuration.stateDirectory, mode: 0o711)
            try Directory.make("\(configuration.runDirectory)/ns", mode: 0o711)
            records = try RecordStore(root: "\(configuration.stateDirectory)/containers")
            sandboxStore = try SandboxStore(root: "\(configuration.stateDirectory)/sandboxes")
            facts = try HostFacts.read()
            reactor = try DescriptorReactor()
            logWatcher = try LogWatcher(reactor: reactor)
        } catch {
            throw RuntimeError(
                .internalFailure, "cannot prepare the runtime at \(configuration.stateDirectory)", cause: error
            )
        }
    }

    // MARK: - Shared steps

    /// Writes the container's record as it is now.
    func save(_ cell: ContainerCell) async throws {
        let record = cell.record
        let records = records
        do {
            try await BlockingPool.shared.run { try records.save(record) }
        } catch {
            throw RuntimeError(.internalFailure, "cannot record the container \(record.id)", cause: error)
        }
    }

    /// Writes the record; a failure is logged, for places where nobody waits for it.
    func saveOrLog(_ cell: ContainerCell) async {
        do {
            try await save(cell)
        } catch {
            logger.error("failed to record a container", metadata: ["container": "\(cell.id)", "error": "\(error)"])
        }
    }

    /// Publishes an event about a container; without a cause of its own it follows from the container's last event.
    @discardableResult
    func publish(_ event: ContainerEvent, of cell: ContainerCell, cause: Cause?) -> EventID {
        let cause = cause ?? cell.with { $0.lastEvent.map { .event($0) } }
        let id = bus.publish(.container(event), subject: .container(cell.id), module: .runtime, cause: cause)
        cell.with { $0.lastEvent = id }
        return id
    }

    /// Directory of a container's pinned namespaces.
    func namespaceDirectory(_ id: String) -> String { "\(configuration.runDirectory)/ns/\(id)" }

    /// Control group of a container.
    func cgroupPath(_ record: ContainerRecord) -> String {
        let parent = record.request.host.resources.cgroupParent
        return "\(parent.isEmpty ? configuration.cgroupParent : parent)/\(record.id)"
    }

}
