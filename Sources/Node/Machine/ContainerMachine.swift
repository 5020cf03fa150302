import Effects

/// Where one container of a pod stands: a value that inputs move and from which actions and status are read.
struct ContainerMachine: Sendable, Hashable {
    /// Why nothing runs yet, as shown in the status.
    struct Waiting: Sendable, Hashable {
        var reason: String
        var message = ""
    }

    /// A run that goes on.
    struct Running: Sendable, Hashable {
        var id: String
        var pid: Int32
        var image: PodImage
        var startedAt: Timestamp
        /// Uptime at the start, from which probes and back-off count.
        var startedUptime: Duration
        /// Whether the postStart hook, if any, has returned.
        var postStartIsDone: Bool
    }

    /// A run that is over.
    struct Ended: Sendable, Hashable {
        var id: String
        var exitCode: Int32
        var reason: String
        var message = ""
        var startedAt: Timestamp
        var finishedAt: Timestamp

        var succeeded: Bool { exitCode == 0 }
    }

    /// Whether the image is here.
    enum ImageState: Sendable, Hashable {
        case unknown
        case ensuring
        case ready(PodImage)
        case failed(Waiting, retryAt: Duration)
    }

    /// What its process does.
    enum Run: Sendable, Hashable {
        case idle
        case launching
        case running(Running)
        case stopping(Running)
        case ended(Ended)
    }

    var spec: ContainerSpec
    var image = ImageState.unknown
    var run = Run.idle
    /// Runs before the present one.
    var restartCount = 0
    /// Whether any run has begun in this sandbox.
    var hasStarted = false
    /// The end of the run before the present one.
    var lastEnd: Ended?
    /// The end before that one, whose container can be removed now.
    var olderEnd: Ended?
    /// Why the last launch failed.
    var launchFailure: Waiting?
    /// Uptime before which it is not started (again).
    var startNotBefore: Duration?
    /// Whether the pause before the next start is a crash back-off.
    var isBackingOff = false
    var restarts = BackOff(BackOff.restarts)
    var pulls = BackOff(BackOff.pulls)
    var launches = BackOff(BackOff.steps)
    /// Whether the postStart hook of the present run was begun.
    var postStartIsRunning = false
    /// Whether the postStart hook of the present run failed.
    var postStartFailed = false
    /// Whether the spec asks for another image than the one that runs.
    var definitionChanged = false
    var startup: ProbeMachine?
    var liveness: ProbeMachine?
    var readiness: ProbeMachine?
    /// Holds readiness back until the container serves; nil when nothing does, or not any more.
    var listening: ListeningWait?

    init(spec: ContainerSpec) {
        self.spec = spec
    }

    // MARK: - Reading

    /// The run that goes on, also while it is being stopped.
    var current: Running? {
        switch run {
        case .running(let running), .stopping(let running): running
        default: nil
        }
    }

    /// The end of the last run, when none goes on.
    var ended: Ended? {
        if case .ended(let ended) = run { return ended }
        return nil
    }

    /// Whether something of it is or may be running now.
    var isActive: Bool { current != nil || run == .launching }

    /// Whether it runs, its hook returned and its startup probe succeeded.
    var isStarted: Bool {
        guard let current, current.postStartIsDone else { return false }
        return startup.map { $0.isSucceeding == true } ?? true
    }

    /// Whether it is started and its readiness probe succeeds; without a probe, whether it serves.
    var isReady: Bool {
        isStarted && listening == nil && (readiness.map { $0.isSucceeding == true } ?? true)
    }

    /// What a probe says so far; nil before it has a verdict.
    func verdict(of kind: ProbeKind) -> Bool? {
        switch kind {
        case .startup: startup?.isSucceeding
        case .liveness: liveness?.isSucceeding
        case .readiness: readiness?.isSucceeding
        }
    }

    /// Whether an init container has done its work.
    var isComplete: Bool { spec.role == .initial && (ended?.succeeded ?? false) }

    /// Whether it is to run again after the end it met.
    func restarts(under policy: RestartPolicy) -> Bool {
        guard let ended else { return true }
        switch spec.role {
        case .sidecar: return true
        case .initial: return !ended.succeeded && policy != .never
        case .app: return policy == .always || (policy == .onFailure && !ended.succeeded)
        }
    }

    /// Whether it can be launched now: image here, no pause left, nothing running.
    func canLaunch(under policy: RestartPolicy, at uptime: Duration) -> PodImage? {
        guard case .ready(let image) = image, !isActive, restarts(under: policy) else { return nil }
        if let startNotBefore, uptime < startNotBefore { return nil }
        return image
    }

    // MARK: - Moving

    /// Takes note of a start and begins probing.
    mutating func begin(_ running: Running) {
        run = .running(running)
        hasStarted = true
        launchFailure = nil
        postStartIsRunning = false
        postStartFailed = false
        definitionChanged = false
        launches.reset()
        startNotBefore = nil
        isBackingOff = false
        let isUnprobed = spec.startup == nil && spec.readiness == nil
        listening = isUnprobed && !spec.ports.isEmpty ? ListeningWait(start: running.startedUptime) : nil
        startup = spec.startup.map { ProbeMachine($0, start: running.startedUptime, isEager: true) }
        liveness = spec.liveness.map { ProbeMachine($0, start: running.startedUptime, isEager: false) }
        readiness = spec.readiness.map { ProbeMachine($0, start: running.startedUptime, isEager: true) }
    }

    /// Takes note of an end and plans the pause before the next start.
    mutating func finish(_ ended: Ended, under policy: RestartPolicy, at uptime: Duration) {
        let lasted = current.map { uptime - $0.startedUptime } ?? .zero
        run = .ended(ended)
        listening = nil
        startup = nil
        liveness = nil
        readiness = nil
        guard restarts(under: policy) else { return }
        let pause = restarts.pause(afterAttemptOf: lasted)
        startNotBefore = uptime + pause
        isBackingOff = pause > .zero
    }

    /// Probes that are due, marked as running.
    mutating func beginDueProbes(at uptime: Duration, isTerminating: Bool) -> [ProbeKind] {
        guard let current, current.postStartIsDone else { return [] }
        var due: [ProbeKind] = []
        if startup?.isSucceeding != true, startup != nil {
            // The startup probe holds the others back, and deletion ends it.
            if !isTerminating, startup?.beginIfDue(at: uptime) == true { due.append(.startup) }
            return due
        }
        if !isTerminating, liveness?.beginIfDue(at: uptime) == true { due.append(.liveness) }
        if readiness?.beginIfDue(at: uptime) == true { due.append(.readiness) }
        return due
    }

    /// The uptime at which a probe is due next.
    func nextProbeDue(isTerminating: Bool) -> Duration? {
        guard let current, current.postStartIsDone else { return nil }
        if let startup, startup.isSucceeding != true { return isTerminating ? nil : startup.nextDue }
        let due = [isTerminating ? nil : liveness?.nextDue, readiness?.nextDue]
        return due.compactMap { $0 }.min()
    }

    /// Takes in a probe's result.
    mutating func noteProbe(_ kind: ProbeKind, succeeded: Bool, at uptime: Duration) -> ProbeMachine.Verdict {
        switch kind {
        case .startup: startup?.finish(succeeded: succeeded, at: uptime) ?? .unchanged
        case .liveness: liveness?.finish(succeeded: succeeded, at: uptime) ?? .unchanged
        case .readiness: readiness?.finish(succeeded: succeeded, at: uptime) ?? .unchanged
        }
    }
}

/// The three probes of a container.
enum ProbeKind: String, Sendable, Hashable {
    /// Says that the container has come up; holds the others back.
    case startup
    /// Says that it still works; its failure leads to a restart.
    case liveness
    /// Says that it can serve; its failure takes it out of the endpoints.
    case readiness
}
