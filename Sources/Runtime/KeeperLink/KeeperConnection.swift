import Keeper
import Logging
import Synchronization
import SystemLinux

/// The daemon's side of the keeper's socket.
///
/// One dedicated thread reads; requests are sent from the caller's task and answered asynchronously. For every process
/// the connection holds duplicates of its pidfd and stream ends, unread. When the keeper dies, the reading thread
/// starts another one and hands these over, so the containers never notice. Cancelling a task does not take a request
/// back: what the keeper began, it ends.
public final class KeeperConnection: Sendable {
    /// Announcements kept for a reader that is behind; more are replaced by one `overrun`.
    public static let eventLimit = 4096
    /// Requests that may wait for their answer at the same time.
    public static let requestLimit = 4096

    /// Where the keeper lives.
    public let location: KeeperLocation
    /// Ends, attached clients dropped, keepers replaced. One reader.
    public let events: AsyncStream<KeeperEvent>
    /// Exit records on disk that wait for `acknowledge`.
    public let exits: ExitStore

    let logger: Logger
    let state: Mutex<KeeperLinkState>
    private let eventSource: AsyncStream<KeeperEvent>.Continuation

    private init(location: KeeperLocation, logger: Logger, state: KeeperLinkState) {
        self.location = location
        self.logger = logger
        self.state = Mutex(state)
        exits = ExitStore(directory: location.exitsDirectory)
        (events, eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.eventLimit))
    }

    deinit {
        eventSource.finish()
    }

    /// Connects to the cluster's keeper, starting one when none answers, and takes duplicates of what it holds.
    public static func open(_ location: KeeperLocation, logger: Logger) async throws -> KeeperConnection {
        let session = try await BlockingPool.shared.run { try KeeperSession.establish(location) }
        let connection = KeeperConnection(
            location: location, logger: logger,
            state: KeeperLinkState(socket: session.socket, pid: session.keeperPID, version: session.version)
        )
        try DedicatedThread.start(name: "keeper-link") { [weak connection] in
            KeeperReader.run(socket: session.socket) { connection }
        }
        _ = try await connection.list()
        return connection
    }

    /// Process id of the keeper that answers now.
    public var keeperPID: Int32 { state.withLock { $0.keeperPID } }

    /// Starts a container's first process. Returns when its program was executed, or is ready to be for plans that
    /// wait for `start`. `descriptors` are input, output and errors for plans that bring their own; they stay owned
    /// by the caller. Throws `KeeperError` with the failing step and errno; nothing of the process remains then.
    public func launch(_ plan: LaunchPlan, descriptors: [OwnedFD] = []) async throws -> StartedProcess {
        let blob = try plan.compiled()
        return try await start(.launch(id: plan.id), plan: blob, descriptors: descriptors)
    }

    /// Starts a further process in a running container; otherwise like `launch`.
    public func exec(_ plan: ExecPlan, descriptors: [OwnedFD] = []) async throws -> StartedProcess {
        let blob = try plan.compiled()
        return try await start(.exec(id: plan.id), plan: blob, descriptors: descriptors)
    }

    /// Lets a process that waits execute its program.
    public func start(_ id: String) async throws {
        _ = try await request(.start(id: id))
    }

    /// Sends a signal to one process. `notRunning` when it ended, `unknownProcess` when it never was.
    public func signal(_ id: String, _ number: Int32) async throws {
        _ = try await request(.signal(id: id, number: number))
    }

    /// Tells a process's terminal its size.
    public func resize(_ id: String, rows: UInt16, columns: UInt16) async throws {
        _ = try await request(.resize(id: id, rows: rows, columns: columns))
    }

    /// Joins a process's streams from now on. With `lossless` a slow client slows the process down (for at most 10
    /// seconds without any progress); otherwise a client that falls behind by 1 MiB is dropped. Logging goes on
    /// either way.
    public func attach(
        _ id: String, input: Bool, output: Bool = true, lossless: Bool = false
    ) async throws -> AttachedStreams {
        let answer = try await request(.attach(id: id, input: input, output: output, lossless: lossless))
        guard case .attached(let roles) = answer.message else { throw Self.unexpected(answer.message) }
        let ends = Dictionary(zip(roles, answer.descriptors)) { first, _ in first }
        return AttachedStreams(
            input: ends[.input], output: ends[.output] ?? ends[.terminal], errors: ends[.errors]
        )
    }

    /// Closes a process's input for good.
    public func closeInput(_ id: String) async throws {
        _ = try await request(.closeInput(id: id))
    }

    /// Every process of the keeper, ended but unacknowledged ones included.
    public func list() async throws -> [ChildRecord] {
        let answer = try await request(.list)
        return answer.children.map { child in
            state.withLock { $0.hold(child.record, child.roles, child.descriptors) }
            return child.record
        }
    }

    /// Says that an exit was recorded: the keeper forgets the process and removes the record's file.
    public func acknowledge(_ id: String) async throws {
        state.withLock { _ = $0.held.removeValue(forKey: id) }
        _ = try await request(.acknowledge(id: id))
    }

    /// Hands over a process the keeper does not know, from the daemon's own records: its pid and start time must
    /// still name the same process, else it is recorded as ended by `KeeperLost`.
    public func adopt(_ record: ChildRecord) async throws {
        _ = try await request(.adopt(record: record, roles: []))
    }

    /// Replaces the keeper's program in place; processes, streams and this connection stay.
    public func upgrade(to program: String) async throws {
        let file = try await BlockingPool.shared.run { try File.open(program, .path) }
        _ = try await request(.upgrade, descriptors: [file.raw])
        state.withLock { $0.version = 0 }
        _ = try await hello()
    }

    /// Ends the keeper; refused while processes run unless `force` (they run on, unwatched).
    public func stop(force: Bool = false) async throws {
        state.withLock { $0.closing = true }
        do {
            _ = try await request(.stop(force: force))
        } catch {
            state.withLock { $0.closing = false }
            throw error
        }
    }

    /// Ends the connection; the keeper and its processes go on.
    public func close() {
        let socket = state.withLock { state in
            state.closing = true
            return state.socket
        }
        socket.map { UnixSocket.shutdown($0) }
        eventSource.finish()
    }

    func hello() async throws -> Int32 {
        let answer = try await request(.hello(version: KeeperMessage.version))
        guard case .welcome(let version, let pid, _) = answer.message else { throw Self.unexpected(answer.message) }
        state.withLock { state in
            state.version = version
            state.keeperPID = pid
        }
        return pid
    }

    func announce(_ event: KeeperEvent) {
        if case .dropped = eventSource.yield(event) {
            logger.warning("keeper event lost", metadata: ["keeper.limit": "\(Self.eventLimit)"])
            state.withLock { $0.overrun = true }
        } else if state.withLock({ state in
            defer { state.overrun = false }
            return state.overrun
        }) {
            _ = eventSource.yield(.overrun)
        }
    }

    static func unexpected(_ message: KeeperMessage) -> KeeperError {
        KeeperError(.protocolViolation, "keeper gave an answer that does not fit the request: \(message)")
    }

    private func start(
        _ message: KeeperMessage, plan: [UInt8], descriptors: [OwnedFD]
    ) async throws -> StartedProcess {
        let memory = try MemoryFile.sealed(name: "skiff-plan", plan)
        let answer = try await request(message, descriptors: [memory.raw] + descriptors.map(\.raw))
        guard case .started(let record, let roles) = answer.message else { throw Self.unexpected(answer.message) }
        state.withLock { $0.hold(record, roles, answer.descriptors) }
        let ends = Dictionary(zip(roles, answer.descriptors)) { first, _ in first }
        guard let pidfd = ends[.pidfd] else { throw Self.unexpected(answer.message) }
        // What keeps `descriptors` alive until the message left.
        withExtendedLifetime(descriptors) {}
        return StartedProcess(record: record, pidfd: pidfd, terminal: ends[.terminal])
    }
}
