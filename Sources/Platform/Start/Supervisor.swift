import EventBus
import Logging
import Synchronization

/// Why the platform ends.
enum StopReason: Sendable {
    /// A service manager or a person asked the daemon to end; containers run on.
    case signal(Int32)
    /// `skiff down`: containers are stopped too.
    case down(graceSeconds: Int)
    /// A module that must run ended.
    case failed(Module, any Error)
}

/// Keeps the modules' long tasks and the one answer to "when does this end?".
final class Supervisor: Sendable {
    private struct State {
        var tasks: [(module: Module, task: Task<Void, Never>)] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let reasons: AsyncStream<StopReason>
    private let reason: AsyncStream<StopReason>.Continuation
    private let logger: Logger

    /// Keeps nothing yet.
    init(logger: Logger) {
        self.logger = logger
        // The first reason decides; later ones change nothing.
        (reasons, reason) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Runs `body` until the platform stops. Should it end before, the platform ends with it.
    func keep(_ module: Module, _ body: @escaping @Sendable () async throws -> Void) {
        let task = Task { [self] in
            do {
                try await body()
                if !Task.isCancelled {
                    ended(module, PlatformError(.startFailed, "\(module.rawValue) ended by itself"))
                }
            } catch is CancellationError {
                return
            } catch {
                ended(module, error)
            }
        }
        state.withLock { $0.tasks.append((module, task)) }
    }

    private func ended(_ module: Module, _ error: any Error) {
        guard !state.withLock({ $0.isStopping }) else { return }
        logger.critical("module failed", metadata: ["module": "\(module.rawValue)", "error": "\(error)"])
        stop(.failed(module, error))
    }

    /// Asks the platform to end. Does not wait.
    func stop(_ reason: StopReason) {
        self.reason.yield(reason)
    }

    /// The reason to end, once there is one.
    func stopReason() async -> StopReason {
        for await reason in reasons { return reason }
        return .signal(0)
    }

    /// Cancels the tasks in reverse order of their start and waits for them.
    func cancelAll() async {
        let tasks = state.withLock { state in
            state.isStopping = true
            return state.tasks
        }
        for entry in tasks.reversed() {
            entry.task.cancel()
            await entry.task.value
        }
    }
}
