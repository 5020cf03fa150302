import SystemLinux

extension ContainerRuntime {
    /// The log of a container, in pieces of records. With `follow` the stream goes on until the container ends.
    ///
    /// Nothing is read before the stream is iterated; one slow reader holds nobody up.
    /// - Throws: `.unsupported` for a container whose log driver keeps nothing.
    public func logs(_ reference: String, _ query: LogQuery) throws(RuntimeError) -> AsyncThrowingStream<
        [LogRecord], any Error
    > {
        let cell = try registry.find(reference)
        let record = cell.record
        guard !record.logPath.isEmpty else {
            throw RuntimeError(.unsupported, "configured logging driver does not support reading")
        }
        let follower = LogFollower(cell: cell, path: record.logPath, query: query, watcher: logWatcher)
        return AsyncThrowingStream { try await follower.next() }
    }

    /// The path of a container's log; empty when it has none.
    public func logPath(_ reference: String) throws(RuntimeError) -> String {
        try registry.find(reference).record.logPath
    }
}

/// One reading of one log. Used by one task at a time.
private actor LogFollower {
    private let cell: ContainerCell
    private let query: LogQuery
    private let watcher: LogWatcher
    private let path: String
    private let reader: PooledReader
    private var hasStarted = false
    private var changes: AsyncStream<Void>.Iterator?
    private var exit: WaitTicket?

    init(cell: ContainerCell, path: String, query: LogQuery, watcher: LogWatcher) {
        self.cell = cell
        self.path = path
        self.query = query
        self.watcher = watcher
        reader = PooledReader(path: path, query: query)
    }

    /// The next records, nil at the end.
    func next() async throws -> [LogRecord]? {
        if !hasStarted {
            hasStarted = true
            // The watch comes before the first read, so a line written in between wakes us.
            if query.follow { changes = try watch() }
            let first = try await reader.existing()
            if !first.isEmpty { return first }
        }
        while true {
            // Asked before reading: what a program wrote before its end is in the file then.
            let hasEnded = !cell.record.state.isAlive && cell.record.state.phase != .restarting
            if let more = try await reader.more() {
                if !more.isEmpty { return more }
                continue
            }
            if !query.follow || (hasEnded && cell.record.state.phase != .created) { return nil }
            if cell.with({ $0.isGone }) { return nil }
            guard await change() else { return nil }
        }
    }

    /// Suspends until the log or the container changed; false when the task is cancelled.
    private func change() async -> Bool {
        guard var iterator = changes else { return false }
        let result: Void? = await iterator.next(isolation: self)
        changes = iterator
        return result != nil
    }

    /// Changes of the directory and the end of the run, as one stream.
    private func watch() throws -> AsyncStream<Void>.Iterator {
        let (merged, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let files = try watcher.changes(in: File.parent(of: path))
        let exit = try cell.wait(for: cell.record.state.isAlive ? .notRunning : .nextExit)
        let copying = Task { for await _ in files { continuation.yield() } }
        let ending = Task {
            _ = try? await exit.outcome()
            if !Task.isCancelled { continuation.yield() }
        }
        continuation.onTermination = { _ in
            copying.cancel()
            ending.cancel()
        }
        return merged.makeAsyncIterator()
    }
}

/// A reader whose blocking calls run on the pool, one at a time.
private final class PooledReader: Sendable {
    // One follower uses it, one call at a time; the pool's queue orders the calls.
    nonisolated(unsafe) private let reader: LogReader

    init(path: String, query: LogQuery) {
        reader = LogReader(path: path, query: query)
    }

    func existing() async throws -> [LogRecord] {
        try await BlockingPool.shared.run { [self] in try reader.readExisting() }
    }

    func more() async throws -> [LogRecord]? {
        try await BlockingPool.shared.run { [self] in try reader.readMore() }
    }
}
