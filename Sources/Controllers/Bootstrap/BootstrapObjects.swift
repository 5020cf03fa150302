import Cluster
import Document

/// The objects every cluster has from the beginning.
struct BootstrapObjects: Sendable {
    /// The namespaces of Kubernetes.
    static let namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]

    let context: ControllerContext
    private let engine = RequestContext.engine("apiserver")

    init(context: ControllerContext) {
        self.context = context
    }

    /// Makes what is missing and brings the API's address up to date. May be repeated.
    func make() async throws {
        for namespace in Self.namespaces {
            try await create(
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]],
                ObjectKey(.namespaces, name: namespace))
        }
        let service = ObjectKey(.services, namespace: "default", name: "kubernetes")
        try await create(Self.service, service)
        try await writeEndpoints()
        try await writeSlice()
    }

    private static let labels: JSONValue = ["component": "apiserver", "provider": "kubernetes"]

    /// The Service by which pods find the API; the store gives it the first address of the range.
    private static let service: JSONValue = [
        "apiVersion": "v1", "kind": "Service",
        "metadata": ["name": "kubernetes", "labels": labels],
        "spec": [
            "type": "ClusterIP", "sessionAffinity": "None",
            "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]],
        ],
    ]

    private func writeEndpoints() async throws {
        let key = ObjectKey(.endpoints, namespace: "default", name: "kubernetes")
        let subsets: JSONValue = [
            [
                "addresses": [["ip": .string(context.configuration.apiAddress)]],
                "ports": [
                    ["name": "https", "port": .integer(Int64(context.configuration.apiPort)), "protocol": "TCP"]
                ],
            ]
        ]
        try await create(
            [
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": [
                    "name": "kubernetes", "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
                ],
                "subsets": subsets,
            ], key)
        _ = try await context.store.modify(key, context: engine) { $0["subsets"] = subsets }
    }

    private func writeSlice() async throws {
        let key = ObjectKey(.endpointSlices, namespace: "default", name: "kubernetes")
        let endpoints: JSONValue = [
            ["addresses": [.string(context.configuration.apiAddress)], "conditions": ["ready": true]]
        ]
        let ports: JSONValue = [
            ["name": "https", "port": .integer(Int64(context.configuration.apiPort)), "protocol": "TCP"]
        ]
        try await create(
            [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": ["name": "kubernetes", "labels": ["kubernetes.io/service-name": "kubernetes"]],
                "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
            ], key)
        _ = try await context.store.modify(key, context: engine) { slice in
            slice["endpoints"] = endpoints
            slice["ports"] = ports
        }
    }

    private func create(_ body: JSONValue, _ key: ObjectKey) async throws {
        guard context.store.get(key) == nil else { return }
        do {
            _ = try await context.store.create(
                key.resource, namespace: key.namespace, body: ObjectBody(body), context: engine)
        } catch {
            guard error.code == .alreadyExists else { throw error }
            return
        }
    }
}
