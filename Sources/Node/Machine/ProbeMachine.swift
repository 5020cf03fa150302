/// When one probe runs and what its results mean: pure policy, one per probe and run of a container.
///
/// Until a probe has succeeded once it is also tried eagerly between its first two periods (50 ms, doubling), so that
/// a container is found ready, or started, as soon as it is. Eager failures do not count towards the threshold.
struct ProbeMachine: Sendable, Hashable {
    /// What a result changed.
    enum Verdict: Sendable, Hashable {
        /// Nothing.
        case unchanged
        /// The threshold of successes was reached.
        case succeeded
        /// The threshold of failures was reached.
        case failed
    }

    /// The pause before the first eager attempt; each following pause doubles.
    static let eagerPause = Duration.milliseconds(50)

    let spec: ProbeSpec
    /// The verdict so far; nil before there is one.
    private(set) var isSucceeding: Bool?
    private(set) var isInFlight = false
    private var due: Duration
    private var regularDue: Duration
    private var eager: Duration?
    private var successes = 0
    private var failures = 0

    /// A probe of a container that started at `start` of uptime.
    init(_ spec: ProbeSpec, start: Duration, isEager: Bool) {
        self.spec = spec
        due = start + spec.initialDelay
        regularDue = due
        eager = isEager ? Self.eagerPause : nil
    }

    /// When it runs next; nil while it runs.
    var nextDue: Duration? { isInFlight ? nil : due }

    /// Begins an attempt if it is due.
    mutating func beginIfDue(at now: Duration) -> Bool {
        guard !isInFlight, now >= due else { return false }
        isInFlight = true
        return true
    }

    /// Notes a result and plans the next attempt.
    mutating func finish(succeeded: Bool, at now: Duration) -> Verdict {
        isInFlight = false
        let isRegular = due >= regularDue
        if isRegular { regularDue = max(due + spec.period, now) }
        plan(succeeded: succeeded, at: now)
        if succeeded {
            successes += 1
            failures = 0
            return reached(true, successes >= spec.successThreshold)
        }
        successes = 0
        guard isRegular else { return .unchanged }
        failures += 1
        return reached(false, failures >= spec.failureThreshold)
    }

    private mutating func plan(succeeded: Bool, at now: Duration) {
        due = regularDue
        guard let pause = eager else { return }
        let next = now + pause
        if succeeded || next >= regularDue {
            eager = nil
        } else {
            due = next
            eager = pause * 2
        }
    }

    private mutating func reached(_ verdict: Bool, _ isReached: Bool) -> Verdict {
        guard isReached, isSucceeding != verdict else { return .unchanged }
        isSucceeding = verdict
        return verdict ? .succeeded : .failed
    }
}
