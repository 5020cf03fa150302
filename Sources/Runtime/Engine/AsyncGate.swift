import Synchronization

/// Lets one task at a time through, in order of arrival; the others suspend.
///
/// At most `waitersMax` tasks wait; one more is refused.
final class AsyncGate: Sendable {
    /// The most tasks that wait.
    static let waitersMax = 1024

    private struct State {
        var isTaken = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `body` while no other holds the gate.
    /// - Throws: what `body` throws; `.unavailable` when too many wait.
    func run<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private enum Entry {
        case open, queued, refused
    }

    private func enter() async throws {
        let taken = state.withLock { state in
            defer { state.isTaken = true }
            return state.isTaken
        }
        guard taken else { return }
        let refused = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let entry: Entry = state.withLock { state in
                // The holder may have left since the first look.
                if !state.isTaken {
                    state.isTaken = true
                    return .open
                }
                guard state.waiters.count < Self.waitersMax else { return .refused }
                state.waiters.append(continuation)
                return .queued
            }
            if entry != .queued { continuation.resume(returning: entry == .refused) }
        }
        if refused {
            throw RuntimeError(.unavailable, "more than \(Self.waitersMax) operations wait for one container")
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if state.waiters.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume(returning: false)
    }
}
