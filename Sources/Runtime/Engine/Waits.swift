/// What a caller of `wait` waits for.
public enum WaitCondition: String, Sendable, Hashable {
    /// The container does not run; true at once when it does not.
    case notRunning = "not-running"
    /// The next end of a run, whatever the state is now.
    case nextExit = "next-exit"
    /// The container is gone.
    case removed
}

/// What `wait` tells.
public struct WaitOutcome: Sendable, Hashable {
    /// Exit code of the run that ended.
    public var exitCode: Int
    /// Why a start failed, empty otherwise.
    public var error: String

    /// Makes an outcome.
    public init(exitCode: Int, error: String = "") {
        self.exitCode = exitCode
        self.error = error
    }
}

/// A wait that is registered already, so that nothing is missed between asking and waiting.
public struct WaitTicket: Sendable {
    let stream: AsyncStream<WaitOutcome>

    /// Suspends until the condition holds. Once per ticket.
    /// - Throws: `CancellationError` when the task is cancelled or the runtime ends first.
    public func outcome() async throws -> WaitOutcome {
        for await outcome in stream { return outcome }
        throw CancellationError()
    }
}
