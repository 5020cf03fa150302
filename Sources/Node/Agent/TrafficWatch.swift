import Cluster
import Document
import EventBus
import Synchronization

/// Knows how far Service traffic has followed the endpoints, so that a pod is not told to stop while a Service may
/// still lead to it (DESIGN §7).
final class TrafficWatch: Sendable {
    private struct Waiter {
        let pod: StoredObject
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// By `namespace/name` of the Service: the endpoints revision its traffic follows.
        var programmed: [String: UInt64] = [:]
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let store: ClusterStore
    private let state = Mutex(State())

    init(store: ClusterStore) {
        self.store = store
    }

    /// Takes in what ServiceProxy published and lets go whom it satisfies.
    func note(_ event: ServiceEvent) {
        state.withLock { state in
            switch event {
            case .programmed(let namespace, let name, _, let endpointsRevision, _):
                let key = "\(namespace)/\(name)"
                state.programmed[key] = max(state.programmed[key] ?? 0, endpointsRevision)
            case .withdrawn(let namespace, let name): state.programmed["\(namespace)/\(name)"] = nil
            }
        }
        review()
    }

    /// Looks again whether waiting pods are free; also called when Services or EndpointSlices change.
    func review() {
        let waiters = state.withLock { $0.waiters }
        guard !waiters.isEmpty else { return }
        let programmed = state.withLock { $0.programmed }
        for (number, waiter) in waiters where isWithdrawn(waiter.pod, programmed: programmed) { release(number) }
    }

    /// Suspends until no Service leads to `pod` any more, or the task is cancelled.
    func withdrawal(of pod: StoredObject) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiters[number] = Waiter(pod: pod, continuation: continuation) }
                if Task.isCancelled { release(number) } else { review() }
            }
        } onCancel: {
            release(number)
        }
    }

    private func release(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
    }

    /// Whether traffic of some Service is meant for the pod.
    func leads(to pod: StoredObject) -> Bool { !services(of: pod).isEmpty }

    /// The Services with an address of their own that select the pod.
    private func services(of pod: StoredObject) -> [StoredObject] {
        let labels = pod.labels
        return store.all(.services, namespace: pod.key.namespace).filter { service in
            let selector = service.value["spec", "selector"]?.stringMap ?? [:]
            let address = service.value.text("spec", "clusterIP")
            return !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value } && !address.isEmpty
                && address != "None"
        }
    }

    /// Whether each Service that selects the pod has no ready endpoint for it, and traffic follows that.
    private func isWithdrawn(_ pod: StoredObject, programmed: [String: UInt64]) -> Bool {
        services(of: pod).allSatisfy { service in
            guard let revision = revisionWithout(pod, in: service) else { return false }
            return programmed["\(service.key.namespace)/\(service.key.name)"] ?? 0 >= revision
        }
    }

    /// The newest revision of the Service's slices when none of them shows the pod as ready; nil when one does.
    private func revisionWithout(_ pod: StoredObject, in service: StoredObject) -> UInt64? {
        var revision: UInt64 = 0
        for slice in store.all(.endpointSlices, namespace: pod.key.namespace) {
            guard slice.labels["kubernetes.io/service-name"] == service.key.name else { continue }
            let leadsToPod = slice.value.items("endpoints").contains { endpoint in
                endpoint.text("targetRef", "uid") == pod.uid && endpoint["conditions", "ready"]?.boolValue != false
            }
            if leadsToPod { return nil }
            revision = max(revision, slice.resourceVersion)
        }
        return revision
    }
}
