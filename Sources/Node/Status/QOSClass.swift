import Cluster
import Document

/// How a pod's requests and limits class it (core/v1 PodQOSClass).
enum QOSClass: String, Sendable, Hashable {
    /// Every container has equal requests and limits of CPU and memory.
    case guaranteed = "Guaranteed"
    /// Some container asks for something.
    case burstable = "Burstable"
    /// No container asks for anything.
    case bestEffort = "BestEffort"

    /// The class of a pod spec.
    init(spec: JSONValue) {
        let containers = spec.items("initContainers") + spec.items("containers")
        var asks = false
        var isGuaranteed = !containers.isEmpty
        for container in containers {
            for resource in ["cpu", "memory"] {
                let limit = Self.amount(container["resources", "limits"], resource)
                let request = Self.amount(container["resources", "requests"], resource) ?? limit
                if request != nil || limit != nil { asks = true }
                if limit == nil || request != limit { isGuaranteed = false }
            }
        }
        self = isGuaranteed ? .guaranteed : asks ? .burstable : .bestEffort
    }

    private static func amount(_ list: JSONValue?, _ resource: String) -> Int64? {
        guard let json = list?[resource], let quantity = Quantity(json: json), quantity.milli != 0 else { return nil }
        return quantity.milli
    }
}
