import Effects

/// What a container's health probe has said so far; pure.
public struct HealthState: Sendable, Hashable {
    /// The verdicts.
    public enum Status: String, Sendable, Hashable {
        /// No probe has succeeded yet and the grace is not used up.
        case starting
        /// The last probes succeed.
        case healthy
        /// Too many probes in a row failed.
        case unhealthy
    }

    /// One probe.
    public struct Probe: Sendable, Hashable {
        /// When it began.
        public var start: Timestamp
        /// When it ended.
        public var end: Timestamp
        /// Exit code; -1 when it took too long.
        public var exitCode: Int
        /// The beginning of its output.
        public var output: String

        /// Makes a probe's result.
        public init(start: Timestamp, end: Timestamp, exitCode: Int, output: String) {
            self.start = start
            self.end = end
            self.exitCode = exitCode
            self.output = output
        }
    }

    /// Probes kept.
    public static let logMax = 5
    /// Bytes of output kept of a probe.
    public static let outputMaxBytes = 4096

    /// The verdict.
    public private(set) var status = Status.starting
    /// Failures in a row.
    public private(set) var failingStreak = 0
    /// The last probes, oldest first.
    public private(set) var log: [Probe] = []

    /// Nothing is known.
    public init() {}

    /// Takes a probe; answers the new verdict when it changed.
    public mutating func take(_ probe: Probe, check: HealthCheck, startedAt: Timestamp) -> Status? {
        let before = status
        log.append(probe)
        if log.count > Self.logMax { log.removeFirst() }
        if probe.exitCode == 0 {
            failingStreak = 0
            status = .healthy
        } else {
            let grace = Duration.nanoseconds(check.startPeriodNanoseconds)
            // Failures of a program that is still starting do not count.
            if status == .starting, probe.start - startedAt < grace { return nil }
            failingStreak += 1
            if failingStreak >= (check.retries > 0 ? check.retries : 3) { status = .unhealthy }
        }
        return status == before ? nil : status
    }

    /// The wait before the next probe.
    public func nextDelay(check: HealthCheck, startedAt: Timestamp, now: Timestamp) -> Duration {
        let inGrace = status == .starting && now - startedAt < .nanoseconds(check.startPeriodNanoseconds)
        if inGrace {
            return check.startIntervalNanoseconds > 0 ? .nanoseconds(check.startIntervalNanoseconds) : .seconds(5)
        }
        return check.intervalNanoseconds > 0 ? .nanoseconds(check.intervalNanoseconds) : .seconds(30)
    }
}
