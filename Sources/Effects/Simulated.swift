import Synchronization

/// A clock that moves only when told to; sleepers wake in the order of their deadlines.
public final class ManualTime: TimeSource {
    private struct Sleeper {
        let deadline: Duration
        let order: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elapsed: Duration = .zero
        var nextOrder = 0
        var sleepers: [Int: Sleeper] = [:]
    }

    private let start: Timestamp
    private let state = Mutex(State())

    /// A clock that shows `start` until it is advanced.
    public init(start: Timestamp = Timestamp(seconds: 1_700_000_000)) {
        self.start = start
    }

    /// The start moment plus all advances.
    public var now: Timestamp { start + monotonic }

    /// The sum of all advances.
    public var monotonic: Duration { state.withLock { $0.elapsed } }

    /// How many tasks wait for a deadline; lets a test advance only when its subject sleeps.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Moves the clock and resumes everyone whose deadline has come.
    public func advance(by duration: Duration) {
        let due = state.withLock { state -> [Sleeper] in
            state.elapsed += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.elapsed }
            for key in due.keys { state.sleepers[key] = nil }
            return due.values.sorted { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Suspends until `advance` has moved the clock past the deadline, or the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        guard duration > .zero else { return }
        let order = state.withLock { state in
            state.nextOrder += 1
            return state.nextOrder
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(continuation, order: order, for: duration)
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: order) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enqueue(_ continuation: CheckedContinuation<Void, any Error>, order: Int, for duration: Duration) {
        let cancelled = state.withLock { state -> Bool in
            // Checked under the lock: a cancellation before this line found no sleeper to resume.
            if Task.isCancelled { return true }
            state.sleepers[order] = Sleeper(
                deadline: state.elapsed + duration,
                order: order,
                continuation: continuation
            )
            return false
        }
        if cancelled { continuation.resume(throwing: CancellationError()) }
    }
}

/// A reproducible generator (SplitMix64): the same seed gives the same run. Not for secrets.
public final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    /// A generator whose whole future is `seed`.
    public init(seed: UInt64) {
        state = Mutex(seed)
    }

    /// The next 64 bits of the sequence.
    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// The next bytes of the sequence.
    public func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
