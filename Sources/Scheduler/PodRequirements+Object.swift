import Cluster
import Document
import Effects

extension PodRequirements {
    /// Reads what a stored pod asks.
    ///
    /// `namespaceLabels` resolves the namespace selectors of affinity terms.
    public init(object: StoredObject, namespaceLabels: [String: [String: String]] = [:]) {
        let pod = object.value
        self.init(uid: object.uid, namespace: object.key.namespace, name: object.key.name)
        let spec = pod["spec"] ?? .null
        labels = pod["metadata", "labels"]?.stringMap ?? [:]
        ownerUID = pod.items("metadata", "ownerReferences").first { $0["controller"]?.boolValue == true }?.text("uid")
        priority = spec["priority"]?.intValue ?? 0
        createdNanoseconds = pod["metadata", "creationTimestamp"]?.timestampValue?.nanoseconds ?? 0
        requests = ResourceAmounts(podSpec: spec)
        nodeSelector = spec["nodeSelector"]?.stringMap ?? [:]
        tolerations = spec.items("tolerations").map(Toleration.init(json:))
        hostPorts = Self.hostPorts(of: spec)
        readNodeAffinity(spec["affinity", "nodeAffinity"] ?? .null)
        let reader = PodAffinityReader(namespace: namespace, namespaceLabels: namespaceLabels)
        let affinity = spec["affinity", "podAffinity"] ?? .null
        requiredAffinity = reader.required(affinity)
        preferredAffinity = reader.preferred(affinity)
        let antiAffinity = spec["affinity", "podAntiAffinity"] ?? .null
        requiredAntiAffinity = reader.required(antiAffinity)
        preferredAntiAffinity = reader.preferred(antiAffinity)
        spreadConstraints = spec.items("topologySpreadConstraints").map { constraint in
            SpreadConstraint(
                topologyKey: constraint.text("topologyKey"), maxSkew: Int(constraint["maxSkew"]?.intValue ?? 1),
                isRequired: constraint.text("whenUnsatisfiable") != "ScheduleAnyway",
                selector: constraint["labelSelector"].flatMap { try? LabelSelector(json: $0) })
        }
    }

    private static func hostPorts(of spec: JSONValue) -> [HostPort] {
        let sidecars = spec.items("initContainers").filter { $0.text("restartPolicy") == "Always" }
        return (spec.items("containers") + sidecars).flatMap { container in
            container.items("ports").compactMap { port in
                guard let number = port["hostPort"]?.intValue, number > 0 else { return nil }
                let transport = port.text("protocol")
                return HostPort(
                    address: port.text("hostIP"), transport: transport.isEmpty ? "TCP" : transport, port: Int(number))
            }
        }
    }

    private mutating func readNodeAffinity(_ affinity: JSONValue) {
        requiredNodeTerms = affinity["requiredDuringSchedulingIgnoredDuringExecution"].map { selector in
            selector.items("nodeSelectorTerms").map(NodeSelectorTerm.init(json:))
        }
        preferredNodeTerms = affinity.items("preferredDuringSchedulingIgnoredDuringExecution").map { wish in
            Weighted(
                weight: Int(wish["weight"]?.intValue ?? 1), wish: NodeSelectorTerm(json: wish["preference"] ?? .null))
        }
    }
}

/// Reads pod affinity terms, resolving the namespaces they look in.
private struct PodAffinityReader {
    let namespace: String
    let namespaceLabels: [String: [String: String]]

    func required(_ affinity: JSONValue) -> [PodAffinityTerm] {
        affinity.items("requiredDuringSchedulingIgnoredDuringExecution").map(term)
    }

    func preferred(_ affinity: JSONValue) -> [Weighted<PodAffinityTerm>] {
        affinity.items("preferredDuringSchedulingIgnoredDuringExecution").map { wish in
            Weighted(weight: Int(wish["weight"]?.intValue ?? 1), wish: term(wish["podAffinityTerm"] ?? .null))
        }
    }

    private func term(_ json: JSONValue) -> PodAffinityTerm {
        var namespaces = Set(json["namespaces"]?.stringList ?? [])
        if let json = json["namespaceSelector"], let match = try? LabelSelector(json: json) {
            namespaces.formUnion(namespaceLabels.filter { match.matches($0.value) }.keys)
        } else if namespaces.isEmpty {
            namespaces = [namespace]
        }
        return PodAffinityTerm(
            selector: json["labelSelector"].flatMap { try? LabelSelector(json: $0) }, namespaces: namespaces,
            topologyKey: json.text("topologyKey"))
    }
}

extension NodeRequirement {
    /// Reads one element of `matchExpressions`; nil for an operator that validation would have refused.
    init?(json: JSONValue) {
        guard let comparison = Comparison(rawValue: json.text("operator")) else { return nil }
        self.init(key: json.text("key"), comparison: comparison, values: json["values"]?.stringList ?? [])
    }
}

extension NodeSelectorTerm {
    /// Reads one element of `nodeSelectorTerms`.
    init(json: JSONValue) {
        self.init(
            labels: json.items("matchExpressions").compactMap(NodeRequirement.init(json:)),
            fields: json.items("matchFields").compactMap(NodeRequirement.init(json:)))
    }
}

extension Toleration {
    /// Reads one element of `tolerations`.
    init(json: JSONValue) {
        self.init(
            key: json.text("key"), comparison: Comparison(rawValue: json.text("operator")) ?? .equal,
            value: json.text("value"), effect: TaintEffect(rawValue: json.text("effect")))
    }
}
