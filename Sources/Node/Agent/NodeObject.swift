import Cluster
import Document
import Effects

/// Words the Node object of this machine (core/v1 Node).
struct NodeObject: Sendable {
    let configuration: NodeConfiguration
    let facts: HostFacts
    let runtime: PodRuntimeIdentity

    /// What the node registers with.
    var initial: JSONValue {
        [
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": .string(configuration.name), "labels": .map(labels)],
            "spec": .object(JSONObject()),
        ]
    }

    /// The labels the node keeps on itself.
    var labels: [String: String] {
        var labels = configuration.labels
        for prefix in ["kubernetes.io", "beta.kubernetes.io"] {
            labels["\(prefix)/os"] = "linux"
            labels["\(prefix)/arch"] = facts.architecture
        }
        labels["kubernetes.io/hostname"] = configuration.name
        labels["node-role.kubernetes.io/control-plane"] = ""
        return labels
    }

    /// Writes labels into a stored node; labels of others are kept.
    func applyLabels(to node: inout JSONValue) {
        for (key, value) in labels { node["metadata", "labels", key] = .string(value) }
    }

    /// Writes the status into a stored node. Resources that others have put there are kept.
    func applyStatus(to node: inout JSONValue, isReady: Bool, at now: Timestamp) {
        for (name, amount) in resources(reserved: false) { node["status", "capacity", name] = .string(amount) }
        for (name, amount) in resources(reserved: true) { node["status", "allocatable", name] = .string(amount) }
        node["status", "addresses"] = [
            ["type": "InternalIP", "address": .string(configuration.internalAddress)],
            ["type": "Hostname", "address": .string(configuration.name)],
        ]
        node["status", "nodeInfo"] = nodeInfo
        node["status", "daemonEndpoints"] = ["kubeletEndpoint": ["Port": 0]]
        applyConditions(to: &node, isReady: isReady, at: now)
    }

    private func applyConditions(to node: inout JSONValue, isReady: Bool, at now: Timestamp) {
        let pressures = [
            ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ]
        for (type, reason, message) in pressures {
            node.setCondition(
                type, status: "False", reason: reason, message: message, at: now, updateTimeField: "lastHeartbeatTime")
        }
        node.setCondition(
            "Ready", status: isReady ? "True" : "False", reason: isReady ? "KubeletReady" : "KubeletNotReady",
            message: isReady ? "kubelet is posting ready status" : "the node agent is stopping", at: now,
            updateTimeField: "lastHeartbeatTime")
    }

    private func resources(reserved: Bool) -> [(String, String)] {
        let milliCPU = Int64(facts.processorCount) * 1000 - (reserved ? configuration.reservedMilliCPU : 0)
        let memory = max(0, facts.memoryBytes - (reserved ? configuration.reservedMemoryBytes : 0))
        return [
            ("cpu", milliCPU % 1000 == 0 ? String(milliCPU / 1000) : "\(milliCPU)m"),
            ("memory", "\(memory / 1024)Ki"),
            ("ephemeral-storage", "\(facts.storageBytes / 1024)Ki"),
            ("pods", String(configuration.podLimit)),
            ("hugepages-2Mi", "0"),
            ("hugepages-1Gi", "0"),
        ]
    }

    private var nodeInfo: JSONValue {
        [
            "machineID": .string(facts.machineID), "systemUUID": .string(facts.machineID),
            "bootID": .string(facts.bootID), "kernelVersion": .string(facts.kernelVersion),
            "osImage": .string(facts.osImage),
            "containerRuntimeVersion": .string("\(runtime.name)://\(runtime.version)"),
            "kubeletVersion": .string(configuration.kubernetesVersion),
            "kubeProxyVersion": .string(configuration.kubernetesVersion),
            "operatingSystem": "linux", "architecture": .string(facts.architecture),
        ]
    }
}
