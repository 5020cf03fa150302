/// When a container without a readiness probe counts as serving: once something listens on a port it declares.
///
/// Kubernetes calls such a container ready as soon as it runs, so a Service leads to it before it listens and the
/// first connections are refused. Here readiness waits, at most `bound`; then it is ready as in Kubernetes. Nothing
/// is sent to the container: the kernel's socket table is read.
struct ListeningWait: Sendable, Hashable {
    /// How long a container that does not listen is held back at most.
    static let bound = Duration.seconds(5)
    /// The pause before the second look; doubles up to `pauseMax`.
    static let firstPause = Duration.milliseconds(2)
    /// The longest pause between looks.
    static let pauseMax = Duration.milliseconds(50)

    private let deadline: Duration
    private var due: Duration
    private var pause = ListeningWait.firstPause
    private var isInFlight = false

    /// A wait for a container that started at `start` of uptime.
    init(start: Duration) {
        deadline = start + Self.bound
        due = start
    }

    /// When to look next; nil while a look is under way.
    var nextDue: Duration? { isInFlight ? nil : due }

    /// Begins a look if it is due.
    mutating func beginIfDue(at now: Duration) -> Bool {
        guard !isInFlight, now >= due else { return false }
        isInFlight = true
        return true
    }

    /// Notes what was seen; returns whether the wait is over.
    mutating func finish(isListening: Bool, at now: Duration) -> Bool {
        isInFlight = false
        if isListening || now >= deadline { return true }
        due = min(now + pause, deadline)
        pause = min(pause * 2, Self.pauseMax)
        return false
    }
}
