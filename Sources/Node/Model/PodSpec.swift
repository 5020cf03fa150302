import Cluster
import Document

/// When an ended container of a pod starts again (core/v1 RestartPolicy).
enum RestartPolicy: String, Sendable, Hashable {
    /// Whatever its exit code.
    case always = "Always"
    /// After a failure.
    case onFailure = "OnFailure"
    /// Not at all.
    case never = "Never"
}

/// The parts of a pod that its life on the node depends on, read once from the stored object.
struct PodSpec: Sendable, Hashable {
    let uid: String
    let namespace: String
    let name: String
    /// The raw spec, for what is looked up once when a container is made.
    let json: JSONValue
    /// The labels.
    let labels: [String: String]
    /// The annotations.
    let annotations: [String: String]
    let restartPolicy: RestartPolicy
    /// Init containers in order, sidecars among them.
    let initContainers: [ContainerSpec]
    /// The app containers.
    let containers: [ContainerSpec]
    let graceSeconds: Int
    let activeDeadlineSeconds: Int64?
    let readinessGates: [String]
    let hostNetwork: Bool

    init(object: StoredObject) {
        self.init(uid: object.uid, namespace: object.key.namespace, name: object.key.name, value: object.value)
    }

    init(uid: String, namespace: String, name: String, value: JSONValue) {
        let spec = value["spec"] ?? .null
        self.uid = uid
        self.namespace = namespace
        self.name = name
        json = spec
        labels = value["metadata", "labels"]?.stringMap ?? [:]
        annotations = value["metadata", "annotations"]?.stringMap ?? [:]
        restartPolicy = RestartPolicy(rawValue: spec.text("restartPolicy")) ?? .always
        initContainers = spec.items("initContainers").map { ContainerSpec(json: $0, isInit: true) }
        containers = spec.items("containers").map { ContainerSpec(json: $0, isInit: false) }
        graceSeconds = Int(spec["terminationGracePeriodSeconds"]?.intValue ?? 30)
        activeDeadlineSeconds = spec["activeDeadlineSeconds"]?.intValue
        readinessGates = spec.items("readinessGates").map { $0.text("conditionType") }
        hostNetwork = spec["hostNetwork"]?.boolValue ?? false
    }

    /// Every container in start order.
    var allContainers: [ContainerSpec] { initContainers + containers }

    /// The host name inside: `spec.hostname`, or the pod's name cut to what a host name may be.
    var hostname: String {
        let asked = json.text("hostname")
        return String((asked.isEmpty ? name : asked).prefix(63))
    }

    /// The part of the pod's name service name before the cluster domain, when it has one.
    var subdomain: String { json.text("subdomain") }
}

/// One container of a pod.
struct ContainerSpec: Sendable, Hashable {
    /// How a container belongs to its pod.
    enum Role: Sendable, Hashable {
        /// Runs once before the others.
        case initial
        /// Starts in the order of init containers and stays.
        case sidecar
        /// What the pod is for.
        case app
    }

    let name: String
    let role: Role
    let image: String
    let pullPolicy: PodImagePolicy
    let startup: ProbeSpec?
    let liveness: ProbeSpec?
    let readiness: ProbeSpec?
    let postStart: HandlerSpec?
    let preStop: HandlerSpec?
    /// TCP ports the container says it serves.
    let ports: Set<Int>
    let terminationMessagePath: String
    let messageFallsBackToLogs: Bool
    /// The raw container, for what is looked up once when it is made.
    let json: JSONValue

    init(json: JSONValue, isInit: Bool) {
        self.json = json
        name = json.text("name")
        role = isInit ? (json.text("restartPolicy") == "Always" ? .sidecar : .initial) : .app
        image = json.text("image")
        pullPolicy = PodImagePolicy(rawValue: json.text("imagePullPolicy")) ?? .ifNotPresent
        startup = json["startupProbe"].map { ProbeSpec(json: $0, container: json) }
        liveness = json["livenessProbe"].map { ProbeSpec(json: $0, container: json) }
        readiness = json["readinessProbe"].map { ProbeSpec(json: $0, container: json) }
        postStart = json["lifecycle", "postStart"].flatMap { HandlerSpec(json: $0, container: json) }
        preStop = json["lifecycle", "preStop"].flatMap { HandlerSpec(json: $0, container: json) }
        let served = json.items("ports").filter { ["", "TCP"].contains($0.text("protocol")) }
        ports = Set(served.compactMap { $0["containerPort"]?.intValue.map { Int($0) } })
        let path = json.text("terminationMessagePath")
        terminationMessagePath = path.isEmpty ? "/dev/termination-log" : path
        messageFallsBackToLogs = json.text("terminationMessagePolicy") == "FallbackToLogsOnError"
    }

    /// The path by which events name the container.
    var fieldPath: String { role == .app ? "spec.containers{\(name)}" : "spec.initContainers{\(name)}" }
}
