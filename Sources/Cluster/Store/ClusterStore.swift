import Effects
import EventBus
import GRDB
import Logging
import Synchronization
import SystemLinux

/// The Kubernetes objects of one cluster.
///
/// All objects are in memory; reads are synchronous and never touch the disk. Writes go through one writer that takes
/// everything waiting, carries it out against the newest state, stores the result in one durable SQLite transaction and
/// only then shows it to readers, watches and the event bus. What a caller was told is therefore on disk.
public final class ClusterStore: Sendable {
    /// The ranges and limits the store was opened with.
    public let configuration: ClusterConfiguration
    /// What every kind looks like.
    public let schema: Schema
    let effects: Effects
    let database: ObjectDatabase
    private let bus: EventBus
    private let logger: Logger
    private let state: Mutex<ClusterState>
    private let writes: Mutex<WriteQueue>
    private let waiters = Mutex(WatchWaiters())
    /// The revision at opening: older changes are in no history.
    private let openedAt: UInt64

    private init(
        _ configuration: ClusterConfiguration,
        database: ObjectDatabase,
        content: ObjectDatabase.Content,
        effects: Effects,
        bus: EventBus,
        logger: Logger
    ) {
        self.configuration = configuration
        self.database = database
        self.effects = effects
        self.bus = bus
        self.logger = logger
        schema = .kubernetes
        openedAt = max(content.revision, 1)
        var loaded = ClusterState(revision: openedAt, historyCount: configuration.historyCount)
        for object in content.objects { loaded.load(object) }
        state = Mutex(loaded)
        writes = Mutex(WriteQueue(limit: configuration.writeQueueLimit))
    }

    /// Opens or makes the store at `configuration.databasePath` and reads every object; blocks on the bounded pool.
    public static func open(
        _ configuration: ClusterConfiguration,
        effects: Effects,
        bus: EventBus,
        logger: Logger
    ) async throws(ClusterError) -> ClusterStore {
        do {
            return try await BlockingPool.shared.run {
                let database = try ObjectDatabase(path: configuration.databasePath)
                let content = try database.load()
                return ClusterStore(
                    configuration, database: database, content: content, effects: effects, bus: bus, logger: logger)
            }
        } catch {
            throw .internalError(
                "cannot open the object store at \(configuration.databasePath): \(error)", cause: error)
        }
    }

    // MARK: - Reading

    /// The revision of the newest durable change.
    public var resourceVersion: UInt64 { state.withLock { $0.revision } }

    /// The object at `key`, or `nil`.
    public func get(_ key: ObjectKey) -> StoredObject? { state.withLock { $0[key] } }

    /// The object at `key`; throws `NotFound`.
    public func read(_ key: ObjectKey) throws(ClusterError) -> StoredObject {
        guard let object = get(key) else { throw .notFound(key) }
        return object
    }

    /// Every object of a resource, in one namespace or in all, in key order.
    public func all(_ resource: GroupResource, namespace: String? = nil) -> [StoredObject] {
        Array(state.withLock { $0.tables[resource]?.slice(namespace: namespace) ?? [] })
    }

    /// The objects that name `ownerUID` as an owner, in key order.
    public func dependents(of ownerUID: String) -> [StoredObject] {
        state.withLock { state in
            (state.dependents[ownerUID] ?? []).sorted().compactMap { state[$0] }
        }
    }

    /// The present objects and the revision they show, taken together.
    func snapshot(_ resource: GroupResource, namespace: String?) -> (ArraySlice<StoredObject>, UInt64) {
        state.withLock { ($0.tables[resource]?.slice(namespace: namespace) ?? [], $0.revision) }
    }

    /// Up to `limit` changes of a resource after `revision`, and the newest revision; `nil` when they are not kept.
    func changes(
        _ resource: GroupResource,
        after revision: UInt64,
        limit: Int
    ) -> (changes: ArraySlice<Change>, revision: UInt64, floor: UInt64)? {
        state.withLock { state in
            let history = state.history(resource, openedAt: openedAt)
            guard let changes = history.changes(after: revision, limit: limit) else { return nil }
            return (changes, state.revision, history.floor)
        }
    }

    /// The oldest revision from which a watch of this resource can go on.
    func oldestRevision(_ resource: GroupResource) -> UInt64 {
        state.withLock { $0.history(resource, openedAt: openedAt).floor }
    }

    // MARK: - Waiting for changes

    /// Returns when the resource has a change after `revision`, when `wake` is called or `isReady` already holds, or
    /// when the task is cancelled.
    func waitForChange(
        _ resource: GroupResource,
        after revision: UInt64,
        waiter: WatchWaiters.ID,
        isReady: () -> Bool
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Register first, look second: a change between the two finds the waiter.
                let refused = waiters.withLock { $0.add(waiter, resource, continuation) }
                let isLate = state.withLock { $0.history(resource, openedAt: openedAt).last > revision }
                if refused {
                    continuation.resume()
                } else if isLate || isReady() || Task.isCancelled {
                    wake(waiter)
                }
            }
        } onCancel: {
            wake(waiter)
        }
    }

    /// A number for a new watch.
    func newWaiter() -> WatchWaiters.ID { waiters.withLock { $0.newID() } }

    /// Wakes one waiting watch.
    func wake(_ waiter: WatchWaiters.ID) {
        waiters.withLock { $0.take(waiter) }?.resume()
    }

    // MARK: - Writing

    /// Carries out `body` in the writer and returns when its changes are durable, with their events.
    ///
    /// A body that throws changes nothing. In a dry run the result is computed and thrown away.
    func write<Value: Sendable>(
        _ context: RequestContext,
        _ body: @escaping @Sendable (inout Transaction) throws(ClusterError) -> Value
    ) async throws(ClusterError) -> (value: Value, events: [EventID]) {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<(Value, [EventID]), ClusterError>, Never>) in
            let write = PendingWrite(
                run: { transaction in
                    let mark = transaction.mark
                    let value: Value
                    do throws(ClusterError) {
                        value = try body(&transaction)
                    } catch {
                        transaction.rollBack(to: mark)
                        return { _ in continuation.resume(returning: .failure(error)) }
                    }
                    if context.dryRun { transaction.rollBack(to: mark) }
                    return { outcome in
                        switch outcome {
                        case .durable(let events): continuation.resume(returning: .success((value, events)))
                        case .lost(let error): continuation.resume(returning: .failure(error))
                        }
                    }
                },
                cause: context.cause)
            switch writes.withLock({ $0.add(write) }) {
            case .queued: break
            case .startDraining: database.schedule { self.drain($0) }
            case .refused:
                continuation.resume(
                    returning: .failure(.tooManyRequests("too many writes are waiting; try again later")))
            }
        }
        return try result.get()
    }

    /// The writer: takes batches until none is left. Runs on the database's queue.
    private func drain(_ database: Database) {
        while true {
            let batch = writes.withLock { $0.takeBatch() }
            if batch.isEmpty { return }
            commit(batch, in: database)
        }
    }

    /// What a batch did in memory, before it is stored.
    private struct Executed {
        var writes: [(complete: PendingWrite.Completion, changes: ArraySlice<Change>, cause: Cause?)] = []
        var changes: [Change] = []
        var revision: UInt64 = 0
    }

    /// Carries out a batch in memory. The transaction's view of the state ends here: were it still alive when the
    /// changes are applied, every table would be copied.
    private func execute(_ batch: [PendingWrite]) -> Executed {
        var transaction = Transaction(
            base: state.withLock { $0 }, effects: effects, configuration: configuration, schema: schema)
        var executed = Executed()
        for write in batch {
            let mark = transaction.mark
            let complete = write.run(&transaction)
            executed.writes.append((complete, transaction.changes(since: mark), write.cause))
        }
        executed.changes = transaction.changes
        executed.revision = transaction.revision
        return executed
    }

    private func commit(_ batch: [PendingWrite], in database: Database) {
        let executed = execute(batch)
        if !executed.changes.isEmpty {
            do {
                try ObjectDatabase.commit(executed.changes, revision: executed.revision, in: database)
            } catch {
                logger.error("cannot store a batch of writes", metadata: ["error": "\(error)"])
                let failure = ClusterError.internalError("cannot store the object: \(error)", cause: error)
                for write in executed.writes { write.complete(.lost(failure)) }
                return
            }
            let openedAt = openedAt
            state.withLock { state in
                for change in executed.changes { state.apply(change, openedAt: openedAt) }
            }
            let resources = Set(executed.changes.map(\.object.key.resource))
            for continuation in waiters.withLock({ $0.take(resources) }) { continuation.resume() }
        }
        for write in executed.writes {
            write.complete(.durable(write.changes.map { publish($0, cause: write.cause) }))
        }
    }

    private func publish(_ change: Change, cause: Cause?) -> EventID {
        let key = change.object.key
        let kind: ObjectEvent.Change =
            switch change.kind {
            case .added: .added
            case .modified: .modified
            case .deleted: .deleted
            }
        return bus.publish(
            .object(
                ObjectEvent(
                    change: kind, group: key.resource.group, resource: key.resource.resource, namespace: key.namespace,
                    name: key.name, uid: change.object.uid, revision: change.revision)),
            subject: .object(key.resource.resource, namespace: key.namespace, name: key.name), module: .cluster,
            cause: cause)
    }
}
