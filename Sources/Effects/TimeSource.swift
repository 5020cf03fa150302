import CLinux

/// Where the platform reads the clock and waits. Any isolation may call it; only `sleep` suspends.
public protocol TimeSource: Sendable {
    /// Civil time now.
    var now: Timestamp { get }
    /// Time since an arbitrary start; never goes back.
    var monotonic: Duration { get }
    /// Suspends for `duration` of monotonic time; returns at once for zero or less.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(for duration: Duration) async throws
}

/// The kernel's clocks.
public struct SystemTime: TimeSource {
    /// The kernel's clocks.
    public init() {}

    /// CLOCK_REALTIME.
    public var now: Timestamp { Timestamp(nanoseconds: skiff_clock_realtime_ns()) }

    /// CLOCK_MONOTONIC.
    public var monotonic: Duration { .nanoseconds(skiff_clock_monotonic_ns()) }

    /// Waits on the continuous clock of the concurrency runtime.
    public func sleep(for duration: Duration) async throws {
        guard duration > .zero else { return }
        try await Task.sleep(for: duration)
    }
}
