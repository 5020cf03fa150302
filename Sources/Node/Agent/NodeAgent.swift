import Cluster
import Document
import Effects
import EventBus
import Logging

/// What a kubelet does, in the process: registers the machine as a node and brings the pods bound to it to life.
///
/// Level-triggered: it follows the bus, and after an overrun, as at the start, it compares the store with its workers.
public actor NodeAgent {
    /// How long the node's lease says it is alive.
    static let leaseSeconds: Int64 = 40
    /// How often the lease is renewed.
    static let leasePeriod = Duration.seconds(10)

    private let context: NodeContext
    private let node: NodeObject
    private var workers: [String: PodWorker] = [:]
    private var tasks: [String: Task<Void, Never>] = [:]
    private var records: [String: PodSandboxRecord] = [:]

    /// An agent for the machine that `facts` describe.
    public init(
        configuration: NodeConfiguration, facts: HostFacts, store: ClusterStore, bus: EventBus,
        runtime: any PodRuntime, tokens: any PodTokenSource, prober: Prober, effects: Effects, logger: Logger
    ) {
        context = NodeContext(
            configuration: configuration, facts: facts, store: store, bus: bus, runtime: runtime, tokens: tokens,
            prober: prober,
            recorder: EventRecorder(
                store: store, component: "kubelet", host: configuration.name, effects: effects, logger: logger),
            traffic: TrafficWatch(store: store), launches: LaunchGate(limit: configuration.launchesInFlightMax),
            effects: effects, logger: logger)
        node = NodeObject(configuration: configuration, facts: facts, runtime: runtime.identity)
    }

    /// Runs until the task is cancelled; containers go on. `onReady` is called once the node is registered and the
    /// pods of an earlier daemon are taken over.
    /// - Throws: when the node can't be registered or the runtime can't be listed.
    public func run(onReady: @escaping @Sendable () -> Void = {}) async throws {
        // Subscriptions come first, so that nothing is lost between listing and listening.
        let subscription = context.bus.subscribe(name: "node", families: [.object, .service])
        let exits = context.runtime.exits()
        for record in try await context.runtime.list() {
            let known = records[record.podUID]
            if known.map({ $0.attempt < record.attempt }) ?? true { records[record.podUID] = record }
        }
        try await register()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [context] in await context.recorder.run() }
            group.addTask { [self] in await keepLease() }
            group.addTask { [self] in
                for await exit in exits { await deliver(exit) }
            }
            resync()
            removeOrphans()
            onReady()
            for await delivery in subscription {
                switch delivery {
                case .overrun: resync()
                case .event(let event): observe(event)
                }
            }
            group.cancelAll()
        }
        for task in tasks.values { task.cancel() }
    }

    // MARK: - The node object

    private func register() async throws {
        let key = ObjectKey(.nodes, name: context.configuration.name)
        let engine = RequestContext.engine("kubelet")
        if context.store.get(key) == nil {
            _ = try await context.store.create(.nodes, namespace: "", body: ObjectBody(node.initial), context: engine)
        }
        let node = node
        _ = try await context.store.modify(key, context: engine) { node.applyLabels(to: &$0) }
        let now = context.effects.now
        _ = try await context.store.modify(key, subresource: .status, context: engine) {
            node.applyStatus(to: &$0, isReady: true, at: now)
        }
        context.bus.publish(
            .node(.ready(name: key.name)), subject: .object("nodes", namespace: nil, name: key.name), module: .node,
            cause: nil)
    }

    /// Renews the lease by which others see that the node is alive.
    private func keepLease() async {
        while !Task.isCancelled {
            do {
                try await renewLease()
            } catch {
                context.logger.warning("failed to renew node lease", metadata: ["error": "\(error)"])
            }
            try? await context.effects.time.sleep(for: Self.leasePeriod)
        }
    }

    private func renewLease() async throws {
        let name = context.configuration.name
        let key = ObjectKey(.leases, namespace: "kube-node-lease", name: name)
        let now = JSONValue.string(context.effects.now.rfc3339Micro)
        let engine = RequestContext.engine("kubelet")
        if context.store.get(key) != nil {
            _ = try await context.store.modify(key, context: engine) { $0["spec", "renewTime"] = now }
            return
        }
        let node = context.store.get(ObjectKey(.nodes, name: name))
        let lease: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": [
                "name": .string(name), "namespace": "kube-node-lease",
                "ownerReferences": [
                    [
                        "apiVersion": "v1", "kind": "Node", "name": .string(name),
                        "uid": .string(node?.uid ?? ""),
                    ]
                ],
            ],
            "spec": [
                "holderIdentity": .string(name), "leaseDurationSeconds": .integer(Self.leaseSeconds), "renewTime": now,
            ],
        ]
        _ = try await context.store.create(
            .leases, namespace: "kube-node-lease", body: ObjectBody(lease), context: engine)
    }

    // MARK: - Following the store

    private func resync() {
        var present: Set<String> = []
        for pod in context.store.all(.pods) where isOurs(pod) {
            present.insert(pod.uid)
            observe(pod, cause: nil)
        }
        for (uid, worker) in workers where !present.contains(uid) { worker.send(.terminate(graceSeconds: 0)) }
    }

    private func isOurs(_ pod: StoredObject) -> Bool {
        pod.value.text("spec", "nodeName") == context.configuration.name
    }

    private func observe(_ event: Event) {
        switch event.payload {
        case .service(let change): context.traffic.note(change)
        case .object(let change): observe(change, cause: .event(event.id))
        default: return
        }
    }

    private func observe(_ change: ObjectEvent, cause: Cause) {
        switch (change.group, change.resource) {
        case ("", "pods"):
            let pod = context.store.get(ObjectKey(.pods, namespace: change.namespace, name: change.name))
            if let pod, pod.uid == change.uid {
                if isOurs(pod) { observe(pod, cause: cause) }
            } else {
                workers[change.uid]?.send(.terminate(graceSeconds: 0), cause: cause)
            }
        case ("", "configmaps"), ("", "secrets"):
            for worker in workers.values where worker.key.namespace == change.namespace {
                notify(worker, of: change)
            }
        case ("", "services"), ("discovery.k8s.io", "endpointslices"): context.traffic.review()
        default: return
        }
    }

    /// Brings the worker of a pod up to date, making one when there is none.
    private func observe(_ pod: StoredObject, cause: Cause?) {
        let spec = PodSpec(object: pod)
        guard let worker = workers[pod.uid] else { return start(pod, spec: spec, cause: cause) }
        if pod.isDeleting { worker.send(.terminate(graceSeconds: Self.grace(of: pod)), cause: cause) }
        worker.send(.specChanged(spec))
    }

    private func notify(_ worker: PodWorker, of change: ObjectEvent) {
        guard let pod = context.store.get(worker.key) else { return }
        if PodReferences(spec: pod.value["spec"] ?? .null).contains(resource: change.resource, name: change.name) {
            worker.send(.dependencyChanged)
        }
    }

    private static func grace(of pod: StoredObject) -> Int {
        Int(pod.value["metadata", "deletionGracePeriodSeconds"]?.intValue ?? 0)
    }

    // MARK: - Workers

    private func start(_ pod: StoredObject, spec: PodSpec, cause: Cause?) {
        let status = pod.value["status"] ?? .null
        let record = records.removeValue(forKey: pod.uid)
        let phase = status.text("phase")
        // A pod that is over and has left nothing here needs nothing but its deletion.
        if phase == "Succeeded" || phase == "Failed", record == nil, !pod.isDeleting { return }
        let now = Moment(context.effects)
        var machine = PodMachine(spec: spec, now: now)
        if let record { machine.adopt(record, status: status, at: now) }
        machine.adoptStartTime(from: status, at: now)
        if pod.isDeleting { machine.handle(.terminate(graceSeconds: Self.grace(of: pod)), at: now) }
        let worker = PodWorker(machine: machine, context: context, cause: cause)
        workers[pod.uid] = worker
        let uid = pod.uid
        tasks[uid] = Task { [self] in
            await worker.run()
            forget(uid)
        }
    }

    private func forget(_ uid: String) {
        workers[uid] = nil
        tasks[uid] = nil
    }

    private func deliver(_ exit: PodContainerExit) async {
        guard let worker = workers[exit.podUID] else { return }
        let message = await PodOperator(context: context).terminationMessage(for: exit, in: worker.state)
        worker.send(.exited(exit, message: message))
    }

    /// Removes sandboxes whose pods were deleted while no daemon ran.
    private func removeOrphans() {
        let orphans = records
        records = [:]
        for record in orphans.values {
            Task { [context] in
                do {
                    try await context.runtime.removeSandbox(record.sandbox.id)
                } catch {
                    context.logger.warning(
                        "failed to remove orphaned sandbox",
                        metadata: ["pod": "\(record.namespace)/\(record.name)", "error": "\(error)"])
                }
            }
        }
    }

    // MARK: - Questions of others

    /// The runtime's id of a container: the running or last one, or the one before it with `previous`.
    ///
    /// This is where logs, exec and attach begin. An empty `container` means the only one.
    /// - Throws: `NodeError.notFound` with the reason when there is none.
    public func containerID(
        namespace: String, pod name: String, container: String = "", previous: Bool = false
    ) async throws -> String {
        guard let machine = await machine(namespace: namespace, pod: name) else {
            throw NodeError(.notFound, "pod \"\(name)\" is not on this node")
        }
        let wanted = container.isEmpty ? machine.spec.containers.first?.name ?? "" : container
        guard let found = machine.container(named: wanted) else {
            throw NodeError(.notFound, "container \"\(wanted)\" is not in pod \"\(name)\"")
        }
        let id = previous ? found.lastEnd?.id : found.current?.id ?? found.ended?.id ?? found.lastEnd?.id
        guard let id, !id.isEmpty else {
            let what = previous ? "previous terminated container" : "container"
            throw NodeError(.notFound, "\(what) \"\(wanted)\" in pod \"\(name)\" not found")
        }
        return id
    }

    /// The pod's sandbox, for port forwarding; nil when it does not stand.
    public func sandbox(namespace: String, pod name: String) async -> PodSandbox? {
        await machine(namespace: namespace, pod: name)?.sandbox.product
    }

    private func machine(namespace: String, pod name: String) async -> PodMachine? {
        let key = ObjectKey(.pods, namespace: namespace, name: name)
        guard let pod = context.store.get(key), let worker = workers[pod.uid] else { return nil }
        return await worker.state
    }
}
