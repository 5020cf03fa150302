import Cluster
import EventBus
import HTTPService
import Identity
import KubernetesAPI
import SystemLinux

extension PlatformStart {
    /// Opens the cluster's keys; comes before everything that shows or signs a certificate.
    func openIdentity() async throws -> IdentityStore {
        try await BlockingPool.shared.run { [paths, effects] in
            try IdentityStore.open(directory: paths.identity, cluster: paths.cluster, effects: effects)
        }
    }

    /// Serves the Kubernetes API on loopback, on the bridge for pods, and on a socket for root, and writes the
    /// kubeconfig that leads there.
    func startKubernetesAPI(
        _ sequence: StartSequence,
        _ listeners: APIListeners,
        _ network: StartedNetwork,
        _ store: ClusterStore,
        _ workloads: StartedWorkloads,
        _ runtime: StartedRuntime
    ) async throws -> [RunningServer] {
        try await sequence.start(.kubernetesAPI) {
            let api = KubernetesAPI(
                KubernetesAPI.Dependencies(
                    store: store,
                    streams: PodStreamsAdapter(runtime: runtime.engine, agent: workloads.agent),
                    tokens: workloads.identity.tokens,
                    effects: effects,
                    logger: logger
                )
            )
            let servers = try await listeners.serve(
                api, gateway: network.engine.gateway.description, socket: paths.kubernetesSocket,
                identity: workloads.identity, logger: logger
            )
            try await writeKubeconfig(listeners.url, identity: workloads.identity)
            facts.listens(api: listeners.url)
            return servers
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
