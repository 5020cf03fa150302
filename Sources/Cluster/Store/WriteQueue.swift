import EventBus

/// One write that waits for the writer.
struct PendingWrite: Sendable {
    /// What the write left behind.
    enum Outcome: Sendable {
        /// The changes are durable; these are their events, in order.
        case durable([EventID])
        /// The batch could not be stored.
        case lost(ClusterError)
    }

    /// Carries out the write on the batch and returns how to tell the caller once the batch is durable.
    let run: @Sendable (inout Transaction) -> Completion
    /// What the write follows from.
    let cause: Cause?

    /// Tells the caller.
    typealias Completion = @Sendable (Outcome) -> Void
}

/// The writes that wait, bounded, and whether the writer is at work.
struct WriteQueue: Sendable {
    private var waiting: [PendingWrite] = []
    private var isDraining = false
    private let limit: Int

    /// The most writes that one transaction takes.
    static let batchLimit = 256

    init(limit: Int) {
        self.limit = limit
    }

    /// What to do after adding a write.
    enum Admission { case refused, queued, startDraining }

    /// Adds a write unless the queue is full.
    mutating func add(_ write: PendingWrite) -> Admission {
        guard waiting.count < limit else { return .refused }
        waiting.append(write)
        if isDraining { return .queued }
        isDraining = true
        return .startDraining
    }

    /// The next batch; an empty one means that the writer may rest.
    mutating func takeBatch() -> [PendingWrite] {
        if waiting.count <= Self.batchLimit {
            let batch = waiting
            waiting = []
            if batch.isEmpty { isDraining = false }
            return batch
        }
        let batch = Array(waiting.prefix(Self.batchLimit))
        waiting.removeFirst(Self.batchLimit)
        return batch
    }
}
