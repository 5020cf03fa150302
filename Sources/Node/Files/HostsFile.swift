import Cluster
import Document

/// The pod's /etc/hosts, worded as by the kubelet so that images which edit it find what they expect.
enum HostsFile {
    /// The file of a pod with its own network.
    static func text(for spec: PodSpec, addresses: [String], clusterDomain: String) -> String {
        var lines = [
            "# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
            "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
        ]
        let name = spec.hostname
        for address in addresses {
            let full =
                spec.subdomain.isEmpty
                ? name : "\(name).\(spec.subdomain).\(spec.namespace).svc.\(clusterDomain)\t\(name)"
            lines.append("\(address)\t\(full)")
        }
        return lines.joined(separator: "\n") + "\n" + aliases(of: spec)
    }

    /// The file of a pod that uses the host's network: the host's own, with the pod's aliases.
    static func text(forHostNetwork spec: PodSpec, hostFile: String) -> String {
        "# Kubernetes-managed hosts file (host network).\n" + hostFile + aliases(of: spec)
    }

    private static func aliases(of spec: PodSpec) -> String {
        let aliases = spec.json.items("hostAliases")
        guard !aliases.isEmpty else { return "" }
        let lines = aliases.map { alias in
            "\(alias.text("ip"))\t\((alias["hostnames"]?.stringList ?? []).joined(separator: "\t"))"
        }
        return "\n# Entries added by HostAliases.\n" + lines.joined(separator: "\n") + "\n"
    }
}
