import EventBus
import Synchronization

/// What waits for the one worker that changes the data plane. Coalesces: a Service that changed ten times while the
/// kernel was busy is read once.
///
/// Bounded by the number of Services and containers; port changes are bounded by their callers, who wait.
final class ProxyInbox: Sendable {
    /// A change of a container's ports with the caller that waits for it.
    struct PortChange: Sendable {
        let key: ServiceKey
        let traffic: ServiceTraffic?
        let done: CheckedContinuation<Void, any Error>
    }

    /// All that has come together.
    struct Batch: Sendable {
        /// Services to be read again, with the event that says so.
        var services: [ServiceKey: Cause?] = [:]
        /// Whether everything has to be read again.
        var isResync = false
        /// Port changes in order.
        var ports: [PortChange] = []

        var isEmpty: Bool { services.isEmpty && !isResync && ports.isEmpty }
    }

    private struct State {
        var batch = Batch()
        var isClosed = false
    }

    /// Yields once after one or more additions.
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init() {
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A Service, or its endpoints, changed.
    func touch(_ key: ServiceKey, cause: Cause?) {
        state.withLock { $0.batch.services[key] = .some(cause) }
        waker.yield()
    }

    /// Events were missed, or the data plane lost track.
    func resync() {
        state.withLock { $0.batch.isResync = true }
        waker.yield()
    }

    /// Changes a container's ports and returns when the data plane carries them.
    func set(_ key: ServiceKey, to traffic: ServiceTraffic?) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let isClosed = state.withLock { state in
                if !state.isClosed {
                    state.batch.ports.append(PortChange(key: key, traffic: traffic, done: done))
                }
                return state.isClosed
            }
            if isClosed { done.resume(throwing: Self.closed) } else { waker.yield() }
        }
    }

    /// Takes all that has come together.
    func take() -> Batch {
        state.withLock { state in
            let batch = state.batch
            state.batch = Batch()
            return batch
        }
    }

    /// Refuses everything from now on; whoever waits gets an error.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            let batch = state.batch
            state.batch = Batch()
            return batch
        }
        waker.finish()
        for change in left.ports { change.done.resume(throwing: Self.closed) }
    }

    private static let closed = ServiceProxyError(.dataPlane, "the service proxy is shutting down")
}
