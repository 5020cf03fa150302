import Cluster
import Effects
import EventBus
import Logging

/// All controllers of the cluster behind one reader of the bus.
public struct Controllers: Sendable {
    private let context: ControllerContext
    private let bus: EventBus
    private let loops: [ReconcileLoop]

    /// Controllers over `store`; nothing runs yet.
    public init(
        configuration: ControllersConfiguration, store: ClusterStore, bus: EventBus, effects: Effects, logger: Logger
    ) {
        let recorder = EventRecorder(
            store: store, component: "controller-manager", effects: effects, logger: logger)
        let context = ControllerContext(
            store: store, recorder: recorder, effects: effects, logger: logger, configuration: configuration)
        self.context = context
        self.bus = bus
        let reconcilers: [any Reconciler] = [
            // Endpoints first: a pod may be waiting for its way out.
            EndpointsReconciler(context: context),
            ReplicaSetReconciler(context: context),
            DeploymentReconciler(context: context),
            NamespaceReconciler(context: context),
            NamespaceFurniture(context: context),
            GarbageCollector(context: context),
            NodeReconciler(context: context, startedAt: effects.now),
            EventExpiry(context: context),
        ]
        loops = reconcilers.map { ReconcileLoop($0, effects: effects, logger: logger) }
    }

    /// Makes the objects every cluster has: the namespaces of Kubernetes and the Service of its API. May be repeated;
    /// called before the API serves.
    public func bootstrap() async throws {
        try await BootstrapObjects(context: context).make()
        let furniture = NamespaceFurniture(context: context)
        for key in furniture.allKeys() { _ = try await furniture.reconcile(key, cause: nil) }
    }

    /// Runs until the task is cancelled. `onReady` is called once the store has been read.
    public func run(onReady: @escaping @Sendable () -> Void = {}) async {
        let hub = ControllerHub(store: context.store, bus: bus, loops: loops)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [context] in await context.recorder.run() }
            for loop in loops { group.addTask { await loop.run() } }
            await hub.run(onReady: onReady)
            group.cancelAll()
        }
    }

    /// Whether no controller has anything in work; for tests that wait for the outcome.
    var isIdle: Bool {
        get async {
            for loop in loops where await !loop.isIdle { return false }
            return true
        }
    }
}
