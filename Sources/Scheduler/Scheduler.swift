import Cluster
import Document
import Effects
import EventBus
import Logging

/// Carries scheduling out: follows pods and nodes on the bus, binds what the policy decides, and tells why not.
///
/// One task owns all state. Waiting pods are tried again when something changed that could let them in.
public actor Scheduler {
    /// The `schedulerName` of the pods it cares for.
    public static let schedulerName = "default-scheduler"
    /// Commits on their way to the store at most; the others wait.
    static let commitsInFlightMax = 256
    /// The pause before a pod whose binding failed is tried again.
    static let bindingRetryDelay = Duration.seconds(1)

    private let store: ClusterStore
    private let bus: EventBus
    private let effects: Effects
    private let logger: Logger
    private let recorder: EventRecorder
    private var snapshot = SchedulingSnapshot()
    private var policy: SchedulingPolicy
    private var queue = SchedulingQueue()
    private var causes: [ObjectKey: Cause] = [:]
    private let work: AsyncStream<Work>
    private let addWork: AsyncStream<Work>.Continuation

    /// What was decided and is to be committed; at most one entry per pod of the store waits.
    private enum Work: Sendable {
        case bind(PodRequirements, node: String, cause: Cause?)
        case report(PodRequirements, Unschedulable, cause: Cause?)
    }

    /// A scheduler over `store`; `seed` breaks ties, so that a run can be repeated.
    public init(store: ClusterStore, bus: EventBus, effects: Effects, logger: Logger, seed: UInt64 = 0) {
        self.store = store
        self.bus = bus
        self.effects = effects
        self.logger = logger
        policy = SchedulingPolicy(seed: seed)
        recorder = EventRecorder(store: store, component: Self.schedulerName, effects: effects, logger: logger)
        (work, addWork) = AsyncStream.makeStream()
    }

    /// Schedules until the task is cancelled. `onReady` is called once the store has been read.
    public func run(onReady: @escaping @Sendable () -> Void = {}) async {
        let subscription = bus.subscribe(name: "scheduler", families: [.object])
        resync()
        onReady()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [recorder] in await recorder.run() }
            group.addTask { [self] in await commitDecisions() }
            decide()
            for await delivery in subscription {
                switch delivery {
                case .overrun: resync()
                case .event(let event): observe(event)
                }
                decide()
            }
            group.cancelAll()
        }
    }

    // MARK: - Observing

    /// Reads everything again; also how it begins.
    private func resync() {
        snapshot = SchedulingSnapshot()
        queue = SchedulingQueue()
        for node in store.all(.nodes) { snapshot.upsert(NodeState(object: node)) }
        for pod in store.all(.pods) { observe(pod: pod) }
    }

    private func observe(_ event: Event) {
        guard case .object(let change) = event.payload, change.group.isEmpty else { return }
        switch change.resource {
        case "pods":
            let key = ObjectKey(.pods, namespace: change.namespace, name: change.name)
            let current = store.get(key)
            if current?.uid != change.uid { forget(uid: change.uid) }
            guard let current else { return }
            causes[key] = .event(event.id)
            observe(pod: current)
        case "nodes":
            let key = ObjectKey(.nodes, namespace: "", name: change.name)
            if let node = store.get(key) {
                if snapshot.upsert(NodeState(object: node)) { queue.wakeAll() }
            } else {
                snapshot.removeNode(named: change.name)
            }
        case "namespaces": queue.wakeAll()
        default: return
        }
    }

    private func forget(uid: String) {
        queue.remove(uid: uid)
        if snapshot.remove(podUID: uid) { queue.wakeAll() }
    }

    private func observe(pod: StoredObject) {
        let phase = pod.value.text("status", "phase")
        if phase == "Succeeded" || phase == "Failed" { return forget(uid: pod.uid) }
        let node = pod.value.text("spec", "nodeName")
        guard node.isEmpty else {
            queue.remove(uid: pod.uid)
            let accounted = snapshot.home(ofPod: pod.uid) == node
            if !accounted { snapshot.place(requirements(of: pod), onNode: node) }
            return
        }
        let isOurs = pod.value.text("spec", "schedulerName") == Self.schedulerName
        let isHeld = !pod.value.items("spec", "schedulingGates").isEmpty
        let isGoing = pod.value["metadata", "deletionTimestamp"] != nil
        guard isOurs, !isHeld, !isGoing else { return queue.remove(uid: pod.uid) }
        if snapshot.home(ofPod: pod.uid) == nil { queue.offer(requirements(of: pod)) }
    }

    private func requirements(of pod: StoredObject) -> PodRequirements {
        let asksNamespaces = pod.value["spec", "affinity"] != nil
        var labels: [String: [String: String]] = [:]
        if asksNamespaces {
            for namespace in store.all(.namespaces) { labels[namespace.key.name] = namespace.labels }
        }
        return PodRequirements(object: pod, namespaceLabels: labels)
    }

    // MARK: - Acting

    /// Decides for every pod that may be tried now. A placement counts at once; its commit follows.
    private func decide() {
        while let pod = queue.next() {
            let cause = causes.removeValue(forKey: Self.key(of: pod))
            switch policy.decide(pod, in: snapshot) {
            case .bind(let node):
                snapshot.place(pod, onNode: node)
                addWork.yield(.bind(pod, node: node, cause: cause))
            case .unschedulable(let verdict):
                let isNews = queue.wait(pod, message: verdict.message)
                if isNews { addWork.yield(.report(pod, verdict, cause: cause)) }
            }
        }
    }

    /// Commits side by side, so that the store can make one transaction of many bindings.
    private func commitDecisions() async {
        await withTaskGroup(of: Void.self) { group in
            var inFlight = 0
            for await item in work {
                if inFlight == Self.commitsInFlightMax {
                    await group.next()
                    inFlight -= 1
                }
                inFlight += 1
                group.addTask { [self] in
                    switch item {
                    case .bind(let pod, let node, let cause): await bind(pod, to: node, cause: cause)
                    case .report(let pod, let verdict, let cause): await report(verdict, for: pod, cause: cause)
                    }
                }
            }
        }
    }

    private func bind(_ pod: PodRequirements, to node: String, cause: Cause?) async {
        let key = Self.key(of: pod)
        do {
            let context = RequestContext.engine("scheduler", cause: cause)
            let result = try await store.bind(pod: key, node: node, context: context)
            recorder.record(
                .normal, reason: "Scheduled",
                message: "Successfully assigned \(pod.namespace)/\(pod.name) to \(node)",
                about: EventReference(result.object), cause: result.event.map(Cause.event) ?? cause)
        } catch {
            logger.info("pod not bound", metadata: ["pod": "\(key)", "node": "\(node)", "error": "\(error)"])
            snapshot.remove(podUID: pod.uid)
            try? await effects.time.sleep(for: Self.bindingRetryDelay)
            guard let current = store.get(key), current.uid == pod.uid, !Task.isCancelled else { return }
            observe(pod: current)
            queue.wakeAll()
            decide()
        }
    }

    private func report(_ verdict: Unschedulable, for pod: PodRequirements, cause: Cause?) async {
        let message = verdict.message
        let now = effects.now
        let context = RequestContext.engine("scheduler", cause: cause)
        let result = try? await store.modify(Self.key(of: pod), subresource: .status, context: context) { object in
            // It may have been bound or replaced since; then there is nothing to tell.
            guard object.text("metadata", "uid") == pod.uid, object.text("spec", "nodeName").isEmpty else { return }
            object.setCondition("PodScheduled", isTrue: false, reason: "Unschedulable", message: message, at: now)
        }
        guard let result, result.changed else { return }
        recorder.record(
            .warning, reason: "FailedScheduling", message: message, about: EventReference(result.object),
            cause: result.event.map(Cause.event) ?? cause)
    }

    private static func key(of pod: PodRequirements) -> ObjectKey {
        ObjectKey(.pods, namespace: pod.namespace, name: pod.name)
    }
}
