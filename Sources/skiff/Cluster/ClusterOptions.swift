import ArgumentParser
import Clients
import SystemLinux

/// What every verb of the Kubernetes API takes: which cluster, and which namespace.
struct ClusterOptions: ParsableArguments {
    @OptionGroup var global: GlobalOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Speak to the cluster of this kubeconfig context instead of the one of this machine.", valueName: "name"))
    var context: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Kubeconfig to read for --context; KUBECONFIG or ~/.kube/config otherwise.", valueName: "file"))
    var kubeconfig: String?

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace; \"default\" otherwise.", valueName: "name"))
    var namespace: String?

    /// A client of the cluster; the one of this machine is started first when it does not run yet. Blocks.
    func client() throws -> KubernetesClient {
        if context != nil || kubeconfig != nil {
            let file = try KubeconfigFile(paths: KubeconfigFile.paths(explicit: kubeconfig))
            return try KubernetesClient.remote(try file.access(context: context), namespace: namespace)
        }
        let location = try global.location()
        _ = try global.daemon()
        return KubernetesClient.local(socketPath: location.kubernetesSocket, namespace: namespace ?? "default")
    }

    /// Whether the verbs speak to the cluster of this machine.
    var isLocal: Bool { context == nil && kubeconfig == nil }
}
