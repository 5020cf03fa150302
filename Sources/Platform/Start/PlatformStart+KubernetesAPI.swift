import Cluster
import EventBus
import HTTPService
import Identity
import KubernetesAPI
import NFTables
import Networking
import Node
import SystemLinux

/// The listening Kubernetes API.
struct StartedAPI: Sendable {
    /// Loopback, bridge and root's socket.
    let servers: [RunningServer]
    /// The port on loopback and on the bridge.
    let port: Int
}

extension PlatformStart {
    /// Opens the cluster's keys; comes before everything that shows or signs a certificate.
    func openIdentity() async throws -> IdentityStore {
        try await BlockingPool.shared.run { [paths, effects] in
            try IdentityStore.open(directory: paths.identity, cluster: paths.cluster, effects: effects)
        }
    }

    /// Serves the Kubernetes API on loopback, on the bridge for pods, and on a socket for root, and writes the
    /// kubeconfig that leads there. It says that it is not ready until `readiness` opens; the cluster's own objects
    /// name its port, so it must listen before they are made.
    func startKubernetesAPI(
        _ sequence: StartSequence,
        _ network: StartedNetwork,
        _ store: ClusterStore,
        _ identity: IdentityStore,
        _ agent: NodeAgent,
        _ runtime: StartedRuntime,
        _ readiness: ReadinessGate
    ) async throws -> StartedAPI {
        try await sequence.start(.kubernetesAPI) {
            let api = KubernetesAPI(
                KubernetesAPI.Dependencies(
                    store: store,
                    streams: PodStreamsAdapter(runtime: runtime.engine, agent: agent),
                    tokens: identity.tokens,
                    effects: effects,
                    logger: logger,
                    unready: { readiness.isOpen ? [] : ["start"] }
                )
            )
            let tls = try await certificate(identity, gateway: network.engine.gateway, services: network.services)
            let port = try await choosePort(\.apiPort, usual: PlatformConfiguration.usualAPIPort, "Kubernetes API") {
                let server = HTTPServer(
                    name: "kubernetes", listener: .tls(host: "127.0.0.1", port: $0, options: tls), responder: api,
                    logger: logger
                )
                return (RunningServer(server), try await server.start().port ?? 0)
            }
            let bridge = HTTPServer(
                name: "kubernetes-pods",
                listener: .tls(host: network.engine.gateway.description, port: port.number, options: tls),
                responder: api, logger: logger
            )
            _ = try await bridge.start()
            let local = HTTPServer(
                name: "kubernetes-local", listener: .unix(path: paths.kubernetesSocket), responder: api, logger: logger
            )
            _ = try await local.start()
            let url = "https://127.0.0.1:\(port.number)"
            try await writeKubeconfig(url, identity: identity)
            facts.listens(api: url)
            return StartedAPI(
                servers: [port.server, RunningServer(bridge), RunningServer(local)],
                port: port.number
            )
        }
    }

    private func certificate(
        _ identity: IdentityStore,
        gateway: IPv4Address,
        services: IPv4Prefix
    ) async throws -> HTTPTLSOptions {
        let names = [
            "localhost", "127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local", gateway.description,
            IPv4Address(raw: services.address.raw + 1).description,
        ]
        let server = try await BlockingPool.shared.run {
            try identity.credential(
                "apiserver", LeafRequest(purpose: .server, commonName: "kube-apiserver", names: names)
            )
        }
        return HTTPTLSOptions(
            certificateChainPEM: Array(server.certificatePEM.utf8),
            privateKeyPEM: Array(server.keyPEM.utf8),
            clientAuthoritiesPEM: Array(identity.authority.credential.certificatePEM.utf8)
        ) { der in
            (try? CertificateFacts(der: der)).map {
                ClientIdentity(commonName: $0.commonName, organizations: $0.organizations)
            }
        }
    }

    private func writeKubeconfig(_ url: String, identity: IdentityStore) async throws {
        try await BlockingPool.shared.run { [paths] in
            let admin = try identity.credential(
                "admin",
                LeafRequest(purpose: .client, commonName: "kubernetes-admin", organizations: ["system:masters"])
            )
            let kubeconfig = Kubeconfig(
                name: "skiff-\(paths.cluster)", server: url, authorityPEM: identity.authority.credential.certificatePEM,
                user: admin
            )
            try File.writeAtomically(paths.kubeconfig, Array(kubeconfig.yaml.utf8), mode: 0o600)
        }
    }
}
