import EventBus
import Keeper
import OCI
import Synchronization

/// One container in memory: its record, who waits for it, and the gate that orders its operations.
///
/// Reading never suspends. Changes of the record happen in short critical sections; whoever makes several steps of a
/// life-cycle holds the gate. An exit needs no gate: it may come while `stop` holds it.
final class ContainerCell: Sendable {
    /// The most waits open on one container.
    static let waitsMax = 4096
    /// The most clients that wait to attach.
    static let attachmentsMax = 64

    struct Inner {
        var record: ContainerRecord
        var spec: RuntimeSpec?
        var isGone = false
        var nextToken: UInt64 = 1
        var waits: [UInt64: (condition: WaitCondition, continuation: AsyncStream<WaitOutcome>.Continuation)] = [:]
        var attachments: [UInt64: PendingAttachment] = [:]
        var execs: [String: ExecRecord] = [:]
        var restart: Task<Void, Never>?
        var health: Task<Void, Never>?
        var healthState = HealthState()
        /// Whether a start is under way; an exit that comes first is kept for it.
        var isStarting = false
        var earlyExit: ContainerExit?
        /// Counts runs, so that a late timer of an earlier run can't touch a later one.
        var generation: UInt64 = 0
        /// The event that the next one follows from.
        var lastEvent: EventID?
    }

    let id: String
    let gate = AsyncGate()
    private let inner: Mutex<Inner>

    init(record: ContainerRecord) {
        id = record.id
        inner = Mutex(Inner(record: record))
    }

    /// The record now.
    var record: ContainerRecord { inner.withLock { $0.record } }

    /// Looks at or changes everything in one critical section.
    func with<Value: Sendable, Failure: Error>(
        _ body: (inout sending Inner) throws(Failure) -> sending Value
    ) throws(Failure) -> Value {
        try inner.withLock(body)
    }

    // MARK: - Waits

    /// Registers a wait.
    func wait(for condition: WaitCondition) throws(RuntimeError) -> WaitTicket {
        let (stream, continuation) = AsyncStream.makeStream(of: WaitOutcome.self, bufferingPolicy: .bufferingNewest(1))
        let token: UInt64? = try inner.withLock { inner throws(RuntimeError) in
            let record = inner.record
            if inner.isGone || (condition == .notRunning && !record.state.isAlive && record.state.phase != .restarting)
            {
                continuation.yield(WaitOutcome(exitCode: record.state.exitCode, error: record.state.error))
                continuation.finish()
                return nil
            }
            guard inner.waits.count < Self.waitsMax else {
                throw RuntimeError(.unavailable, "more than \(Self.waitsMax) clients wait for container \(id)")
            }
            defer { inner.nextToken += 1 }
            inner.waits[inner.nextToken] = (condition, continuation)
            return inner.nextToken
        }
        if let token {
            continuation.onTermination = { [weak self] _ in
                self?.inner.withLock { inner in inner.waits[token] = nil }
            }
        }
        return WaitTicket(stream: stream)
    }

    /// Takes the waits that end when a run ends (or, with `removed`, all).
    func takeWaits(removed: Bool) -> [AsyncStream<WaitOutcome>.Continuation] {
        inner.withLock { inner in
            let done = inner.waits.filter { removed || $0.value.condition != .removed }
            for token in done.keys { inner.waits[token] = nil }
            return done.values.map(\.continuation)
        }
    }

    // MARK: - Attachments

    /// Registers an attachment that is served by the next start.
    func attachLater(_ options: AttachOptions) throws(RuntimeError) -> AttachTicket {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ContainerStreams.self, bufferingPolicy: .bufferingNewest(1)
        )
        let (token, isTerminal) = try inner.withLock { inner throws(RuntimeError) -> (UInt64, Bool) in
            guard inner.attachments.count < Self.attachmentsMax else {
                throw RuntimeError(.unavailable, "more than \(Self.attachmentsMax) clients wait to attach to \(id)")
            }
            defer { inner.nextToken += 1 }
            inner.attachments[inner.nextToken] = PendingAttachment(options: options, continuation: continuation)
            return (inner.nextToken, inner.record.request.tty)
        }
        continuation.onTermination = { [weak self] _ in
            self?.inner.withLock { inner in inner.attachments[token] = nil }
        }
        return AttachTicket(stream: stream, isTerminal: isTerminal)
    }

    /// Takes the attachments that wait for the start.
    func takeAttachments() -> [PendingAttachment] {
        inner.withLock { inner in
            defer { inner.attachments = [:] }
            return Array(inner.attachments.values)
        }
    }
}
