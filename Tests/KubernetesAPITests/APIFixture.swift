import Cluster
import Document
import Effects
import EventBus
import HTTPService
import Identity
import KubernetesAPI
import Logging
import SystemLinux

/// A Kubernetes API on a free loopback port over an empty object store in memory, with a kubeconfig for it.
struct APIFixture {
    let store: ClusterStore
    let folder: String
    let port: Int
    let identity: IdentityStore
    let api: KubernetesAPI

    var kubeconfig: String { "\(self.folder)/kubeconfig" }
    var server: String { "https://127.0.0.1:\(self.port)" }

    /// Runs `body` against a fresh API; stops it and removes its files in any case.
    static func with<Result>(_ body: (APIFixture) async throws -> Result) async throws -> Result {
        let folder = "/tmp/skiff-api-\(Effects.live.uuid())"
        let identity = try IdentityStore.open(directory: "\(folder)/identity", cluster: "test", effects: .live)
        let bus = EventBus(effects: .live)
        guard let services = IPv4Range("10.99.0.0/16"), let balancers = IPv4Range("127.64.0.0/16") else {
            preconditionFailure("constant ranges")
        }
        let store = try await ClusterStore.open(
            ClusterConfiguration(
                databasePath: ":memory:", serviceRange: services, loadBalancerRange: balancers),
            effects: .live, bus: bus, logger: Logger(label: "test"))
        for namespace in ["default", "kube-system"] {
            _ = try await store.create(
                .namespaces,
                body: ObjectBody(
                    ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]),
                context: .engine("test"))
        }
        let api = KubernetesAPI(
            KubernetesAPI.Dependencies(
                store: store, streams: FakePodStreams(), tokens: identity.tokens, effects: .live,
                logger: Logger(label: "test")))
        let certificate = try identity.credential(
            "server", LeafRequest(purpose: .server, commonName: "api", names: ["127.0.0.1", "localhost"]))
        let http = HTTPServer(
            name: "kubernetes-test",
            listener: .tls(
                host: "127.0.0.1", port: 0,
                options: KubernetesTLS.options(server: certificate, authority: identity.authority)),
            responder: api, logger: Logger(label: "test"))
        let port = try await http.start().port ?? 0
        let fixture = APIFixture(store: store, folder: folder, port: port, identity: identity, api: api)
        do {
            try fixture.writeKubeconfig()
            let result = try await body(fixture)
            await http.stop()
            try Directory.removeTree(folder)
            return result
        } catch {
            await http.stop()
            try Directory.removeTree(folder)
            throw error
        }
    }

    private func writeKubeconfig() throws {
        let admin = try self.identity.credential(
            "admin", LeafRequest(purpose: .client, commonName: "admin", organizations: ["system:masters"]))
        let config = Kubeconfig(
            name: "test", server: self.server, authorityPEM: self.identity.authority.credential.certificatePEM,
            user: admin)
        try File.write(self.kubeconfig, Array(config.yaml.utf8), mode: 0o600)
    }

    /// Makes a pod that looks as if a node ran it.
    func runPod(_ name: String, containers: [String] = ["main"]) async throws {
        let specs = containers.map { name -> JSONValue in ["name": .string(name), "image": "img"] }
        _ = try await self.store.create(
            .pods, namespace: "default",
            body: ObjectBody([
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": ["app": "x"]],
                "spec": ["containers": .array(specs)],
            ]), context: .engine("test"))
        let statuses = containers.map { name -> JSONValue in
            [
                "name": .string(name), "containerID": .string("skiff://id-\(name)"), "ready": true, "started": true,
                "image": "img", "imageID": "img", "restartCount": 0,
                "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]],
            ]
        }
        _ = try await self.store.modify(
            ObjectKey(.pods, namespace: "default", name: name), subresource: .status,
            context: .engine("test")
        ) { pod in
            pod["status", "phase"] = "Running"
            pod["status", "containerStatuses"] = .array(statuses)
        }
    }
}
