import Cluster
import Document

/// The pod's /etc/resolv.conf under its DNS policy (core/v1 DNSPolicy).
struct ResolverFile: Sendable, Hashable {
    /// Name servers that resolvers read at most.
    static let nameserversMax = 3
    /// Search domains at most.
    static let searchesMax = 32

    var nameservers: [String] = []
    var searches: [String] = []
    var options: [String] = []

    init(nameservers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }

    /// Reads a file such as the host's.
    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let keyword = words.first else { continue }
            switch keyword {
            case "nameserver": nameservers += words.dropFirst().prefix(1)
            case "search", "domain": searches = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: continue
            }
        }
    }

    /// The file of a pod; `host` is the node's own, `clusterServer` the address of the cluster's DNS.
    init(for spec: PodSpec, host: ResolverFile, clusterServer: String, clusterDomain: String) {
        let policy = spec.json.text("dnsPolicy")
        let usesCluster =
            policy == "ClusterFirstWithHostNet" || (policy != "Default" && policy != "None" && !spec.hostNetwork)
        if policy == "None" {
            self.init()
        } else if usesCluster {
            let zones = ["\(spec.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain]
            self.init(nameservers: [clusterServer], searches: zones + host.searches, options: ["ndots:5"])
        } else {
            self = host
        }
        merge(spec.json["dnsConfig"] ?? .null)
    }

    private mutating func merge(_ config: JSONValue) {
        nameservers += config["nameservers"]?.stringList ?? []
        searches += config["searches"]?.stringList ?? []
        for option in config.items("options") {
            let name = option.text("name")
            options.removeAll { $0 == name || $0.hasPrefix("\(name):") }
            options.append(option["value"]?.stringValue.map { "\(name):\($0)" } ?? name)
        }
        nameservers = Self.unique(nameservers)
        searches = Self.unique(searches)
    }

    /// The file.
    var text: String {
        var lines: [String] = []
        if !searches.isEmpty { lines.append("search \(searches.prefix(Self.searchesMax).joined(separator: " "))") }
        lines += nameservers.prefix(Self.nameserversMax).map { "nameserver \($0)" }
        if !options.isEmpty { lines.append("options \(options.joined(separator: " "))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
