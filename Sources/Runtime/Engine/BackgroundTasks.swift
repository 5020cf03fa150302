import Synchronization

/// Tasks that nobody waits for; they end with their owner.
final class BackgroundTasks: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var next: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Starts a task, unless `close` was called.
    func start(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isClosed else { return }
            let token = state.next
            state.next += 1
            // The task takes itself off the list, which the lock delays until it is on it.
            state.tasks[token] = Task { [weak self] in
                await body()
                self?.state.withLock { state in state.tasks[token] = nil }
            }
        }
    }

    /// Waits for all tasks, cancelling them first when they would not end by themselves; no further ones are started.
    func close(cancelling: Bool) async {
        let running = state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        if cancelling { for task in running { task.cancel() } }
        for task in running { await task.value }
    }
}
