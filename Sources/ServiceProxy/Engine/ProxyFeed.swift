import Cluster
import EventBus

/// Turns the bus's `object.*` events into Services that have to be read again.
struct ProxyFeed: Sendable {
    let store: ClusterStore
    let inbox: ProxyInbox
    let subscription: Subscription

    /// Reads until the task is cancelled.
    func run() async {
        // A slice that is gone can no longer say whose it was.
        var owners: [String: ServiceKey] = [:]
        for slice in store.all(.endpointSlices) { note(slice, &owners) }
        for await delivery in subscription {
            switch delivery {
            case .overrun:
                for slice in store.all(.endpointSlices) { note(slice, &owners) }
                inbox.resync()
            case .event(let event):
                guard case .object(let object) = event.payload else { continue }
                take(object, cause: .event(event.id), &owners)
            }
        }
    }

    private func take(_ object: ObjectEvent, cause: Cause, _ owners: inout [String: ServiceKey]) {
        switch (object.group, object.resource) {
        case ("", "services"):
            inbox.touch(ServiceKey(namespace: object.namespace, name: object.name), cause: cause)
        case ("discovery.k8s.io", "endpointslices"):
            let id = "\(object.namespace)/\(object.name)"
            if let old = owners[id] { inbox.touch(old, cause: cause) }
            let key = ObjectKey(.endpointSlices, namespace: object.namespace, name: object.name)
            guard object.change != .deleted, let slice = store.get(key) else {
                owners[id] = nil
                return
            }
            note(slice, &owners)
            if let owner = owners[id] { inbox.touch(owner, cause: cause) }
        default: return
        }
    }

    private func note(_ slice: StoredObject, _ owners: inout [String: ServiceKey]) {
        guard let service = slice.labels[ServiceReader.serviceLabel] else { return }
        owners["\(slice.namespace)/\(slice.name)"] = ServiceKey(namespace: slice.namespace, name: service)
    }
}
