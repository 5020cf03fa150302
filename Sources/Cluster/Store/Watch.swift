import Effects
import Synchronization

/// A stream of the changes of one resource; ends after an error, after its timeout, or when its task is cancelled.
///
/// A watch keeps no queue: it reads the store's history with a cursor of its own. One that falls behind the history
/// gets an `Expired` error, as Kubernetes does. Made for one reader at a time.
public final class Watch: AsyncSequence, Sendable {
    /// How often a quiet watch with bookmarks reports its revision.
    public static let bookmarkInterval = Duration.seconds(60)
    /// How many changes are taken from the history at a time.
    private static let batchLimit = 64

    private struct State {
        var ready: [WatchEvent] = []
        var position = 0
        var cursor: UInt64
        var wantsBookmark = false
        var timedOut = false
        var finished = false
    }

    private let store: ClusterStore
    private let resource: GroupResource
    private let namespace: String?
    private let options: WatchOptions
    private let waiter: WatchWaiters.ID
    private let state: Mutex<State>
    private let timer = Mutex<Task<Void, Never>?>(nil)

    init(
        store: ClusterStore,
        resource: GroupResource,
        namespace: String?,
        options: WatchOptions,
        initial: [WatchEvent],
        cursor: UInt64
    ) {
        self.store = store
        self.resource = resource
        self.namespace = namespace
        self.options = options
        waiter = store.newWaiter()
        state = Mutex(State(ready: initial, cursor: cursor))
        startTimer()
    }

    deinit {
        timer.withLock { $0 }?.cancel()
    }

    /// An iterator; all iterators of a watch share its position.
    public func makeAsyncIterator() -> Iterator { Iterator(watch: self) }

    /// Reads the watch's events.
    public struct Iterator: AsyncIteratorProtocol {
        let watch: Watch

        /// The next event, waiting for it; `nil` at the end.
        public func next() async -> WatchEvent? { await watch.next() }
    }

    /// The next event, waiting for it; `nil` at the end.
    public func next() async -> WatchEvent? {
        while true {
            switch step() {
            case .event(let event): return event
            case .end: return nil
            case .wait(let cursor):
                if Task.isCancelled {
                    finish()
                    return nil
                }
                await store.waitForChange(resource, after: cursor, waiter: waiter) {
                    state.withLock { $0.wantsBookmark || $0.timedOut || $0.finished }
                }
            }
        }
    }

    /// Ends the watch.
    public func finish() {
        state.withLock { $0.finished = true }
        timer.withLock { $0 }?.cancel()
        store.wake(waiter)
    }

    // MARK: - Steps

    private enum Step {
        case event(WatchEvent)
        case wait(UInt64)
        case end
    }

    private func step() -> Step {
        state.withLock { state in
            while true {
                if state.position < state.ready.count {
                    defer { state.position += 1 }
                    return .event(state.ready[state.position])
                }
                state.ready = []
                state.position = 0
                if state.finished { return .end }
                guard let news = store.changes(resource, after: state.cursor, limit: Self.batchLimit) else {
                    let oldest = store.oldestRevision(resource)
                    state.finished = true
                    return .event(.error(ClusterError.expired(state.cursor, oldest: oldest).status))
                }
                if let last = news.changes.last {
                    state.cursor = last.revision
                    state.ready = news.changes.compactMap(event)
                    continue
                }
                // Nothing of this resource is newer, so the watch is up to date with the whole store.
                state.cursor = news.revision
                if state.timedOut {
                    state.finished = true
                    if options.allowBookmarks {
                        return .event(.bookmark(resourceVersion: state.cursor, initialEventsEnd: false))
                    }
                    return .end
                }
                if state.wantsBookmark {
                    state.wantsBookmark = false
                    return .event(.bookmark(resourceVersion: state.cursor, initialEventsEnd: false))
                }
                return .wait(state.cursor)
            }
        }
    }

    /// What a change means to this watch's selection; `nil` when nothing.
    private func event(_ change: Change) -> WatchEvent? {
        if let namespace, change.object.namespace != namespace { return nil }
        let matchedBefore = change.previous.map(matches) ?? false
        if change.kind == .deleted { return matchedBefore ? .deleted(change.object) : nil }
        switch (matchedBefore, matches(change.object)) {
        case (false, true): return .added(change.object)
        case (true, true): return .modified(change.object)
        case (true, false):
            // It left the selection: the last matching state, with the revision at which it left.
            return change.previous.map { .deleted($0.stamped(with: change.revision)) }
        case (false, false): return nil
        }
    }

    private func matches(_ object: StoredObject) -> Bool {
        options.labels.matches(object.labels) && options.fields.matches(object)
    }

    // MARK: - Time

    /// Starts the clock of bookmarks and timeout, if there is any.
    private func startTimer() {
        guard options.allowBookmarks || options.timeout != nil else { return }
        let time = store.effects.time
        let timeout = options.timeout
        let bookmarks = options.allowBookmarks
        let start = time.monotonic
        let bookmarkInterval = Self.bookmarkInterval
        let task = Task { [weak self] in
            while !Task.isCancelled {
                let left = timeout.map { $0 - (time.monotonic - start) }
                var pause = left ?? bookmarkInterval
                if bookmarks { pause = Swift.min(pause, bookmarkInterval) }
                guard (try? await time.sleep(for: Swift.max(pause, .zero))) != nil else { return }
                let ended = timeout.map { time.monotonic - start >= $0 } ?? false
                self?.tick(ended: ended)
                if ended { return }
            }
        }
        timer.withLock { $0 = task }
    }

    private func tick(ended: Bool) {
        state.withLock { state in
            if ended { state.timedOut = true } else { state.wantsBookmark = true }
        }
        store.wake(waiter)
    }
}
