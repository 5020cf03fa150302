import Cluster
import Document
import Effects

/// What the Deployment controller decides by about one of its ReplicaSets.
struct ReplicaSetFacts: Sendable, Hashable {
    var name: String
    var uid: String
    var createdAt = Timestamp.epoch
    /// Pods asked for.
    var replicas = 0
    /// Pods there are.
    var actual = 0
    var ready = 0
    var available = 0
    /// Whether its status speaks of its present spec.
    var isObserved = true
    /// `deployment.kubernetes.io/revision`.
    var revision = 0
    /// `deployment.kubernetes.io/desired-replicas`: the Deployment's size when this set was last sized.
    var desired: Int?
    /// `deployment.kubernetes.io/max-replicas`: that size with the surge.
    var maximum: Int?
    /// Whether its template is the Deployment's present one.
    var isCurrent = false
    /// Why it can't create pods.
    var failure: String?

    init(name: String, uid: String) {
        self.name = name
        self.uid = uid
    }

    init(_ set: StoredObject, template: JSONValue) {
        self.init(name: set.key.name, uid: set.uid)
        let value = set.value
        createdAt = value["metadata", "creationTimestamp"]?.timestampValue ?? .epoch
        replicas = Int(value["spec", "replicas"]?.intValue ?? 1)
        actual = Int(value["status", "replicas"]?.intValue ?? 0)
        ready = Int(value["status", "readyReplicas"]?.intValue ?? 0)
        available = Int(value["status", "availableReplicas"]?.intValue ?? 0)
        let generation = value["metadata", "generation"]?.intValue ?? 0
        isObserved = (value["status", "observedGeneration"]?.intValue ?? 0) >= generation
        let annotations = value["metadata", "annotations"]?.stringMap ?? [:]
        revision = annotations[DeploymentAnnotation.revision].flatMap { Int($0) } ?? 0
        desired = annotations[DeploymentAnnotation.desired].flatMap { Int($0) }
        maximum = annotations[DeploymentAnnotation.maximum].flatMap { Int($0) }
        isCurrent = TemplateHash.isSame(value["spec", "template"] ?? .null, template)
        let condition = value.condition("ReplicaFailure")
        failure = condition?.text("status") == "True" ? condition?.text("message") : nil
    }
}

/// The annotations by which rollouts keep their books.
enum DeploymentAnnotation {
    static let revision = "deployment.kubernetes.io/revision"
    static let desired = "deployment.kubernetes.io/desired-replicas"
    static let maximum = "deployment.kubernetes.io/max-replicas"
    static let history = "deployment.kubernetes.io/revision-history"
}

/// What a Deployment asks for (apps/v1 DeploymentSpec).
struct DeploymentSpec: Sendable, Hashable {
    /// How a new template replaces the old one.
    enum Strategy: Sendable, Hashable {
        /// Old pods are gone before new ones come.
        case recreate
        /// New pods come while old ones go, within these bounds (already resolved to numbers).
        case rollingUpdate(maxSurge: Int, maxUnavailable: Int)
    }

    var name: String
    var replicas = 1
    var strategy = Strategy.rollingUpdate(maxSurge: 1, maxUnavailable: 0)
    var isPaused = false
    var historyLimit = 10
    var minReadySeconds: Int64 = 0
    /// Nil means no deadline.
    var progressDeadline: Duration? = .seconds(600)

    init(name: String, replicas: Int) {
        self.name = name
        self.replicas = replicas
    }

    init(_ deployment: StoredObject) {
        let spec = deployment.value["spec"] ?? .null
        self.init(name: deployment.key.name, replicas: Int(spec["replicas"]?.intValue ?? 1))
        strategy = Self.strategy(spec["strategy"] ?? .null, replicas: replicas)
        isPaused = spec["paused"]?.boolValue ?? false
        historyLimit = Int(spec["revisionHistoryLimit"]?.intValue ?? 10)
        minReadySeconds = spec["minReadySeconds"]?.intValue ?? 0
        let deadline = spec["progressDeadlineSeconds"]?.intValue ?? 600
        progressDeadline = deadline == Int64(Int32.max) ? nil : .seconds(deadline)
    }

    private static func strategy(_ json: JSONValue, replicas: Int) -> Strategy {
        if json.text("type") == "Recreate" { return .recreate }
        let bounds = json["rollingUpdate"] ?? .null
        // The surge rounds up and the unavailable down, so that a rollout can move without losing capacity.
        let surge = resolve(bounds["maxSurge"] ?? "25%", of: replicas, roundingUp: true)
        var unavailable = resolve(bounds["maxUnavailable"] ?? "25%", of: replicas, roundingUp: false)
        if surge == 0, unavailable == 0 { unavailable = 1 }
        return .rollingUpdate(maxSurge: surge, maxUnavailable: min(unavailable, replicas))
    }

    /// A number, or a percentage of `whole`.
    static func resolve(_ value: JSONValue, of whole: Int, roundingUp: Bool) -> Int {
        if let number = value.intValue { return Int(number) }
        guard let text = value.stringValue, text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return 0 }
        return (whole * percent + (roundingUp ? 99 : 0)) / 100
    }

    /// Pods there may be at most.
    var ceiling: Int {
        if case .rollingUpdate(let maxSurge, _) = strategy { return replicas + maxSurge }
        return replicas
    }

    /// Pods that must be available at least.
    var floor: Int {
        if case .rollingUpdate(_, let maxUnavailable) = strategy { return replicas - maxUnavailable }
        return 0
    }
}
