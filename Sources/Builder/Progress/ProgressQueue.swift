import Synchronization

/// Carries a build's progress to one slow reader without ever making the build wait.
///
/// What steps write is bounded: beyond the limit it is dropped and a mark says so. All else is kept; its number is
/// bounded by the number of steps.
public final class ProgressQueue: Sendable {
    /// Bytes of output that wait for the reader.
    public static let maximumWaitingBytes = 16 << 20

    private struct State {
        var waiting: [BuildProgress] = []
        var waitingBytes = 0
        var droppedBytes = 0
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Makes an empty queue.
    public init() {}

    /// Adds an event; never waits.
    public func add(_ event: BuildProgress) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .output(_, let output) = event {
                guard state.waitingBytes + output.bytes.count <= Self.maximumWaitingBytes else {
                    state.droppedBytes += output.bytes.count
                    return nil
                }
                state.waitingBytes += output.bytes.count
            }
            state.waiting.append(event)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Says that nothing more comes.
    public func finish() {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// All events that wait, as soon as there is one; nil at the end. For one reader.
    public func next() async -> [BuildProgress]? {
        while true {
            let (events, isFinished) = take()
            if !events.isEmpty { return events }
            if isFinished { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.waiting.isEmpty || state.isFinished { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private func take() -> (events: [BuildProgress], isFinished: Bool) {
        state.withLock { state in
            var events = state.waiting
            state.waiting = []
            state.waitingBytes = 0
            if state.droppedBytes > 0 {
                events.append(.note("[\(state.droppedBytes) bytes of output were dropped: the reader was too slow]"))
                state.droppedBytes = 0
            }
            return (events, state.isFinished)
        }
    }
}
