import Keeper
import SystemLinux

/// What the engine asks of the keeper. `KeeperConnection` is the real one; tests bring their own.
///
/// Any task may call; every call returns after the keeper's answer and throws `KeeperError`.
public protocol ProcessKeeper: Sendable {
    /// Starts a container's first process; plans that wait for `start` stop before execve.
    func launch(_ plan: LaunchPlan, descriptors: [OwnedFD]) async throws -> StartedProcess
    /// Starts a further process in a container.
    func exec(_ plan: ExecPlan, descriptors: [OwnedFD]) async throws -> StartedProcess
    /// Lets a process that waits execute.
    func start(_ id: String) async throws
    /// Sends a signal to one process.
    func signal(_ id: String, _ number: Int32) async throws
    /// Tells a pseudo terminal its size.
    func resize(_ id: String, rows: UInt16, columns: UInt16) async throws
    /// Joins the relayed streams; a `lossless` client slows the process down instead of losing output.
    func attach(_ id: String, input: Bool, output: Bool, lossless: Bool) async throws -> AttachedStreams
    /// Hands over a process that the keeper does not know; one that is gone gets an exit record instead.
    func adopt(_ record: ChildRecord) async throws
    /// Every process the keeper knows, ended but unacknowledged ones included.
    func list() async throws -> [ChildRecord]
    /// Exit records on disk that wait for `acknowledge`.
    func pendingExits() async throws -> [ExitRecord]
    /// Says that an exit is recorded here, so the keeper may forget it.
    func acknowledge(_ id: String) async throws
    /// Ends and replacements as they happen; one reader.
    var events: AsyncStream<KeeperEvent> { get }
}
