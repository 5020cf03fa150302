import Cluster
import Document
import Effects
import EventBus
import Logging

/// Keeps the EndpointSlices and the Endpoints of every Service with a selector.
struct EndpointsReconciler: Reconciler {
    static let serviceLabel = "kubernetes.io/service-name"
    static let sliceManagerLabel = "endpointslice.kubernetes.io/managed-by"
    static let sliceManager = "endpointslice-controller.k8s.io"
    static let endpointsManagerLabel = "endpoints.kubernetes.io/managed-by"
    static let endpointsManager = "endpoint-controller"

    let context: ControllerContext
    let name = "endpoint-controller"

    func keys(affectedBy change: ObservedChange) -> [ObjectKey] {
        switch change.resource {
        case .services: return [change.key]
        case .pods: return services(of: change)
        case .endpointSlices:
            guard let latest = change.latest, latest.labels[Self.sliceManagerLabel] == Self.sliceManager,
                let service = latest.labels[Self.serviceLabel]
            else { return [] }
            return [ObjectKey(.services, namespace: change.namespace, name: service)]
        case .endpoints where change.current == nil:
            return [ObjectKey(.services, namespace: change.namespace, name: change.name)]
        default: return []
        }
    }

    /// The Services that a pod is or was behind, when something that endpoints show of it changed.
    private func services(of change: ObservedChange) -> [ObjectKey] {
        if let previous = change.previous, let current = change.current, Self.looksSame(previous, current) { return [] }
        let states = [change.previous, change.current].compactMap { $0 }
        return context.store.all(.services, namespace: change.namespace).compactMap { service in
            guard let target = ServiceTarget(service) else { return nil }
            return states.contains { target.selects($0.labels) } ? service.key : nil
        }
    }

    private static func looksSame(_ left: StoredObject, _ right: StoredObject) -> Bool {
        left.labels == right.labels && left.isDeleting == right.isDeleting
            && left.value["status", "podIP"] == right.value["status", "podIP"]
            && left.value["status", "phase"] == right.value["status", "phase"]
            && left.value.condition("Ready")?["status"] == right.value.condition("Ready")?["status"]
            && left.value["spec", "nodeName"] == right.value["spec", "nodeName"]
    }

    func allKeys() -> [ObjectKey] { context.store.all(.services).map(\.key) }

    func reconcile(_ key: ObjectKey, cause: Cause?) async throws -> Duration? {
        let engine = RequestContext.engine(name, cause: cause)
        guard let service = context.store.get(key) else {
            try await removeAll(of: key, engine)
            return nil
        }
        guard let target = ServiceTarget(service), !service.isDeleting else { return nil }
        let endpoints = context.store.all(.pods, namespace: key.namespace)
            .filter { target.selects($0.labels) }.compactMap { ServiceEndpoint($0, of: target) }
        // The slices come first: traffic follows them, and a pod may be waiting for its way out.
        try await writeSlices(endpoints, of: target, owner: service, engine)
        try await writeEndpoints(endpoints, of: target, engine)
        return nil
    }

    // MARK: - Slices

    private func slices(of key: ObjectKey) -> [StoredObject] {
        context.store.all(.endpointSlices, namespace: key.namespace).filter {
            $0.labels[Self.serviceLabel] == key.name && $0.labels[Self.sliceManagerLabel] == Self.sliceManager
        }
    }

    private func writeSlices(
        _ endpoints: [ServiceEndpoint], of target: ServiceTarget, owner: StoredObject, _ engine: RequestContext
    ) async throws {
        let present = slices(of: owner.key)
        let plan = SlicePlan(endpoints: endpoints, slices: present.map(Self.slice))
        let labels = sliceLabels(of: target)
        for (name, content) in plan.updates {
            let key = ObjectKey(.endpointSlices, namespace: target.namespace, name: name)
            _ = try await context.store.modify(key, context: engine) { slice in
                for (key, value) in labels { slice["metadata", "labels", key] = .string(value) }
                slice["endpoints"] = .array(content.endpoints.map(\.sliceJSON))
            }
        }
        for content in plan.creates {
            let body: JSONValue = [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": [
                    "generateName": .string("\(target.name)-"), "labels": .map(labels),
                    "ownerReferences": [OwnerReference(controller: owner).json],
                ],
                "addressType": "IPv4",
                "endpoints": .array(content.endpoints.map(\.sliceJSON)),
                "ports": .array(content.ports.map(\.sliceJSON)),
            ]
            _ = try await context.store.create(
                .endpointSlices, namespace: target.namespace, body: ObjectBody(body), context: engine)
        }
        for name in plan.deletes {
            try await remove(ObjectKey(.endpointSlices, namespace: target.namespace, name: name), engine)
        }
    }

    private static func slice(_ object: StoredObject) -> SlicePlan.Slice {
        let ports = object.value.items("ports").map { port in
            EndpointPort(
                name: port.text("name"), port: Int(port["port"]?.intValue ?? 0), transport: port.text("protocol"),
                appProtocol: port["appProtocol"]?.stringValue)
        }
        return SlicePlan.Slice(
            name: object.key.name, ports: ports.sorted(),
            podUIDs: object.value.items("endpoints").map { $0.text("targetRef", "uid") })
    }

    private func sliceLabels(of target: ServiceTarget) -> [String: String] {
        var labels = target.labels
        labels[Self.serviceLabel] = target.name
        labels[Self.sliceManagerLabel] = Self.sliceManager
        if target.isHeadless { labels["service.kubernetes.io/headless"] = "" }
        return labels
    }

    // MARK: - Endpoints

    private func writeEndpoints(
        _ endpoints: [ServiceEndpoint], of target: ServiceTarget, _ engine: RequestContext
    ) async throws {
        let content = EndpointsContent(endpoints)
        let key = ObjectKey(.endpoints, namespace: target.namespace, name: target.name)
        let labels = endpointsLabels(of: target)
        let truncation: JSONValue? = content.isTruncated ? .string("truncated") : nil
        if context.store.get(key) == nil {
            var body: JSONValue = [
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": ["name": .string(target.name), "labels": .map(labels)],
                "subsets": content.subsets,
            ]
            if let truncation { body["metadata", "annotations", "endpoints.kubernetes.io/over-capacity"] = truncation }
            do {
                _ = try await context.store.create(
                    .endpoints, namespace: target.namespace, body: ObjectBody(body), context: engine)
                return
            } catch {
                guard error.code == .alreadyExists else { throw error }
                // Made by hand in this moment; it is brought in line below.
            }
        }
        _ = try await context.store.modify(key, context: engine) { object in
            object["metadata", "labels"] = .map(labels)
            object["subsets"] = content.subsets.arrayValue?.isEmpty == true ? nil : content.subsets
            if truncation != nil || object["metadata", "annotations"] != nil {
                object["metadata", "annotations", "endpoints.kubernetes.io/over-capacity"] = truncation
            }
        }
    }

    private func endpointsLabels(of target: ServiceTarget) -> [String: String] {
        var labels = target.labels
        labels[Self.endpointsManagerLabel] = Self.endpointsManager
        if target.isHeadless { labels["service.kubernetes.io/headless"] = "" }
        return labels
    }

    // MARK: - Removal

    private func removeAll(of key: ObjectKey, _ engine: RequestContext) async throws {
        for slice in slices(of: key) { try await remove(slice.key, engine) }
        let endpoints = ObjectKey(.endpoints, namespace: key.namespace, name: key.name)
        if context.store.get(endpoints)?.labels[Self.endpointsManagerLabel] == Self.endpointsManager {
            try await remove(endpoints, engine)
        }
    }

    private func remove(_ key: ObjectKey, _ engine: RequestContext) async throws {
        do {
            _ = try await context.store.delete(key, options: DeleteOptions(), context: engine)
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
    }
}
