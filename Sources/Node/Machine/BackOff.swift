/// The growing pause between attempts: each failure doubles it up to a limit, a long success forgets it.
struct BackOff: Sendable, Hashable {
    /// How fast it grows.
    struct Curve: Sendable, Hashable {
        /// The first pause.
        var initial: Duration
        /// The longest pause.
        var limit: Duration
        /// Whether the first attempt after a success follows at once.
        var firstIsFree: Bool
        /// How long an attempt must have lasted to count as a success.
        var forgottenAfter: Duration
    }

    /// Restarts of containers: at once, then 10 s doubling to 5 min, forgotten after 10 min of running.
    static let restarts = Curve(
        initial: .seconds(10), limit: .seconds(300), firstIsFree: true, forgottenAfter: .seconds(600))
    /// Image pulls: 10 s doubling to 5 min.
    static let pulls = Curve(
        initial: .seconds(10), limit: .seconds(300), firstIsFree: false, forgottenAfter: .seconds(600))
    /// Steps of the node itself, such as making a sandbox or a volume: 500 ms doubling to 2 min.
    static let steps = Curve(
        initial: .milliseconds(500), limit: .seconds(120), firstIsFree: false, forgottenAfter: .seconds(600))

    private let curve: Curve
    private(set) var failures = 0
    /// The pause given last.
    private(set) var lastPause = Duration.zero

    init(_ curve: Curve) {
        self.curve = curve
    }

    /// The pause after one more failure of an attempt that lasted `lasted`.
    mutating func pause(afterAttemptOf lasted: Duration = .zero) -> Duration {
        if lasted >= curve.forgottenAfter { failures = 0 }
        failures += 1
        let doublings = failures - (curve.firstIsFree ? 2 : 1)
        // Ten doublings exceed every limit used here; more would only risk overflow.
        lastPause = doublings < 0 ? .zero : min(curve.limit, curve.initial * (1 << min(doublings, 10)))
        return lastPause
    }

    /// Begins anew.
    mutating func reset() {
        failures = 0
        lastPause = .zero
    }
}
