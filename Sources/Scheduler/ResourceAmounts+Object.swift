import Cluster
import Document

extension ResourceAmounts {
    /// Reads a resource list such as `requests` or `allocatable`; `pods` is counted elsewhere and left out.
    init(resourceList: JSONValue) {
        self.init()
        guard let list = resourceList.objectValue else { return }
        for (name, amount) in list {
            guard let quantity = Quantity(json: amount) else { continue }
            switch name {
            case "cpu": milliCPU = quantity.milli
            case "memory": memoryBytes = quantity.value
            case "ephemeral-storage": ephemeralStorageBytes = quantity.value
            case "pods": continue
            default: extended[name] = quantity.value
            }
        }
    }

    /// What a pod takes: the larger of its start-up peak and its running sum.
    ///
    /// The peak of an init container includes the sidecars started before it (KEP-753).
    init(podSpec spec: JSONValue) {
        var running = ResourceAmounts()
        for container in spec.items("containers") { running += Self.requests(of: container) }
        var sidecars = ResourceAmounts()
        var peak = ResourceAmounts()
        for container in spec.items("initContainers") {
            let asked = Self.requests(of: container)
            if container.text("restartPolicy") == "Always" {
                sidecars += asked
                peak.formMaximum(sidecars)
            } else {
                var together = sidecars
                together += asked
                peak.formMaximum(together)
            }
        }
        running += sidecars
        running.formMaximum(peak)
        if let overhead = spec["overhead"] { running += ResourceAmounts(resourceList: overhead) }
        self = running
    }

    /// A container's requests; a limit stands in for a request that is missing (core/v1 defaulting).
    private static func requests(of container: JSONValue) -> ResourceAmounts {
        var merged = container["resources", "limits"]?.objectValue ?? JSONObject()
        for (name, amount) in container["resources", "requests"]?.objectValue ?? JSONObject() { merged[name] = amount }
        return ResourceAmounts(resourceList: .object(merged))
    }
}
