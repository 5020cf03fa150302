/// Mutual exclusion by name between tasks. A waiter that is cancelled leaves the queue.
///
/// Bounded by the number of tasks that wait; the waiters of one name get it in the order in which they came.
actor KeyedLock {
    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// How many tasks may hold one name at the same time.
    private let limit: Int
    private var holders: [String: Int] = [:]
    private var waiters: [String: [Waiter]] = [:]
    private var nextID: UInt64 = 0

    init(limit: Int = 1) { self.limit = limit }

    /// Runs `body` while fewer than the limit hold `name`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits; what `body` throws.
    func withLock<Value: Sendable>(
        _ name: String, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await acquire(name)
        defer { release(name) }
        return try await body()
    }

    private func acquire(_ name: String) async throws {
        try Task.checkCancellation()
        if holders[name, default: 0] < limit {
            holders[name, default: 0] += 1
            return
        }
        nextID += 1
        let id = nextID
        let granted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    waiters[name, default: []].append(Waiter(id: id, continuation: continuation))
                }
            }
        } onCancel: {
            Task { await self.cancel(id, name) }
        }
        guard granted else { throw CancellationError() }
    }

    private func release(_ name: String) {
        guard var queue = waiters[name], !queue.isEmpty else {
            waiters[name] = nil
            let left = holders[name, default: 1] - 1
            holders[name] = left > 0 ? left : nil
            return
        }
        // The lock goes from hand to hand, so that nobody can slip in between.
        let next = queue.removeFirst()
        waiters[name] = queue.isEmpty ? nil : queue
        next.continuation.resume(returning: true)
    }

    private func cancel(_ id: UInt64, _ name: String) {
        guard let index = waiters[name]?.firstIndex(where: { $0.id == id }) else { return }
        let waiter = waiters[name]?.remove(at: index)
        waiter?.continuation.resume(returning: false)
    }
}

/// Runs clean-up to its end even when the task around it is cancelled.
func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
    await Task.detached { await body() }.value
}
