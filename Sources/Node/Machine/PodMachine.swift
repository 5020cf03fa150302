import Cluster
import Effects

/// The life of one pod on this node as a pure state machine: inputs say what happened, `advance` says what to do.
///
/// It knows no clock, no runtime and no store. The worker feeds it and carries its actions out, so that every
/// path (back-off, probes, termination, adoption) is tested by comparing actions.
struct PodMachine: Sendable, Hashable {
    /// A step of the node that may have to be repeated.
    enum Step<Product: Sendable & Hashable>: Sendable, Hashable {
        case pending
        case inFlight
        case done(Product)
        case failed(String, retryAt: Duration)

        var product: Product? {
            if case .done(let product) = self { return product }
            return nil
        }
    }

    /// Nothing but the fact that a step is done.
    struct Done: Sendable, Hashable {}

    /// Why everything is being stopped.
    struct Termination: Sendable, Hashable {
        /// How far it has come.
        enum Stage: Sendable, Hashable {
            case withdrawing
            case stopping
            case cleaning
            case retryingClean(at: Duration)
            case finished
        }

        var graceSeconds: Int
        /// Uptime by which everything is to be over.
        var deadline: Duration
        var stage: Stage
    }

    /// An end that came before its start.
    struct EarlyExit: Sendable, Hashable {
        var exit: PodContainerExit
        var message: String
    }

    /// A reason of the pod itself to fail, such as `DeadlineExceeded`.
    struct Verdict: Sendable, Hashable {
        var reason: String
        var message: String
    }

    /// Ends remembered whose start has not been reported yet, at most.
    static let earlyExitsMax = 16

    var spec: PodSpec
    /// When the node took the pod over, as shown in the status.
    var startTime: Timestamp
    var volumes = Step<Done>.pending
    /// Uptime at which volumes are made again although nothing changed.
    var volumesRenewal: Duration?
    /// Whether the volumes are to be made again because something they show changed.
    var volumesAreStale = false
    /// Ends of containers whose start has not been reported yet: a short run's end can overtake it.
    var earlyExits: [String: EarlyExit] = [:]
    var sandbox = Step<PodSandbox>.pending
    var sandboxAttempt = 0
    /// Init containers in order, then the app containers.
    var containers: [ContainerMachine]
    var termination: Termination?
    /// Whether the end of traffic is being waited for.
    var withdrawalIsAsked = false
    /// Set when the pod as a whole failed.
    var verdict: Verdict?
    /// Uptime at which `activeDeadlineSeconds` ends.
    var activeDeadline: Duration?
    var volumeBackOff = BackOff(BackOff.steps)
    var sandboxBackOff = BackOff(BackOff.steps)
    var cleanBackOff = BackOff(BackOff.steps)
    var notices: [PodNotice] = []

    /// A pod that this node sees for the first time.
    init(spec: PodSpec, now: Moment) {
        self.spec = spec
        startTime = now.wall
        containers = spec.allContainers.map(ContainerMachine.init(spec:))
        activeDeadline = spec.activeDeadlineSeconds.map { now.uptime + .seconds($0) }
    }

    // MARK: - Reading

    /// Whether every init container has done its work and every sidecar has started.
    var isInitialized: Bool {
        containers.allSatisfy { container in
            switch container.spec.role {
            case .initial: container.isComplete
            case .sidecar: container.hasStarted && (container.isStarted || hasStartedApps)
            case .app: true
            }
        }
    }

    private var hasStartedApps: Bool { containers.contains { $0.spec.role == .app && $0.hasStarted } }

    /// Whether nothing of the pod will run again.
    var isOver: Bool { verdict != nil || hasFailedInit || appsAreOver }

    /// Whether an init container failed for good.
    var hasFailedInit: Bool {
        containers.contains { container in
            guard container.spec.role == .initial, let ended = container.ended else { return false }
            return !ended.succeeded && !container.restarts(under: spec.restartPolicy)
        }
    }

    private var appsAreOver: Bool {
        containers.allSatisfy { container in
            container.spec.role != .app || (container.ended != nil && !container.restarts(under: spec.restartPolicy))
        }
    }

    /// The uptime at which `advance` has something to do although nothing happens; nil when only inputs matter.
    var nextDeadline: Duration? {
        var deadlines: [Duration] = []
        if case .failed(_, let retryAt) = volumes { deadlines.append(retryAt) }
        if case .failed(_, let retryAt) = sandbox { deadlines.append(retryAt) }
        if case .retryingClean(let at) = termination?.stage { deadlines.append(at) }
        if let activeDeadline, verdict == nil, termination == nil { deadlines.append(activeDeadline) }
        if let volumesRenewal, termination == nil, !isOver { deadlines.append(volumesRenewal) }
        for container in containers {
            if let due = container.nextProbeDue(isTerminating: termination != nil) { deadlines.append(due) }
            if container.current != nil, let due = container.listening?.nextDue { deadlines.append(due) }
            guard termination == nil, !isOver else { continue }
            if case .failed(_, let retryAt) = container.image { deadlines.append(retryAt) }
            if !container.isActive, let start = container.startNotBefore { deadlines.append(start) }
        }
        return deadlines.min()
    }

    /// The container called `name`.
    func container(named name: String) -> ContainerMachine? {
        containers.first { $0.spec.name == name }
    }

    mutating func tell(
        _ reason: String, _ message: String, container: String? = nil, isWarning: Bool = false
    ) {
        notices.append(
            PodNotice(severity: isWarning ? .warning : .normal, reason: reason, message: message, container: container))
    }
}
