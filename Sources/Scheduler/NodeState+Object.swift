import Cluster
import Document

extension NodeState {
    /// Reads what a stored node offers.
    public init(object: StoredObject) {
        let node = object.value
        let allocatable = node["status", "allocatable"] ?? .null
        let podLimit = allocatable["pods"].flatMap { Quantity(json: $0)?.value } ?? 110
        self.init(
            name: object.key.name,
            labels: node["metadata", "labels"]?.stringMap ?? [:],
            taints: node.items("spec", "taints").compactMap(Taint.init(json:)),
            isUnschedulable: node["spec", "unschedulable"]?.boolValue ?? false,
            allocatable: ResourceAmounts(resourceList: allocatable),
            podLimit: Int(podLimit))
    }
}

extension Taint {
    /// Reads one element of `spec.taints`; nil for an effect that validation would have refused.
    init?(json: JSONValue) {
        guard let effect = TaintEffect(rawValue: json.text("effect")) else { return nil }
        self.init(key: json.text("key"), value: json.text("value"), effect: effect)
    }
}
