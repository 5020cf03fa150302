import Cluster
import Document
import Effects

/// What the node says of a pod; equal values need no commit.
struct PodStatus: Sendable, Hashable {
    /// One condition without its times, which the store keeps.
    struct Condition: Sendable, Hashable {
        var type: String
        var isTrue: Bool
        var reason = ""
        var message = ""
    }

    var phase: String
    var reason: String?
    var message: String?
    var conditions: [Condition]
    var hostIP: String
    var addresses: [String]
    var startTime: Timestamp
    var qosClass: QOSClass
    var initContainers: [JSONValue]
    var containers: [JSONValue]

    /// Whether all readiness conditions hold.
    var isReady: Bool { conditions.contains { $0.type == "Ready" && $0.isTrue } }

    /// Writes it into a pod object. Conditions of others are kept.
    func apply(to pod: inout JSONValue, at now: Timestamp) {
        var status = pod["status"] ?? .object(JSONObject())
        status["phase"] = .string(phase)
        status["reason"] = reason.map(JSONValue.string)
        status["message"] = message.map(JSONValue.string)
        status["hostIP"] = .string(hostIP)
        status["hostIPs"] = [["ip": .string(hostIP)]]
        status["podIP"] = addresses.first.map(JSONValue.string)
        status["podIPs"] = addresses.isEmpty ? nil : .array(addresses.map { ["ip": .string($0)] })
        status["startTime"] = .string(startTime.rfc3339)
        status["qosClass"] = .string(qosClass.rawValue)
        status["initContainerStatuses"] = initContainers.isEmpty ? nil : .array(initContainers)
        status["containerStatuses"] = .array(containers)
        if let generation = pod["metadata", "generation"] { status["observedGeneration"] = generation }
        pod["status"] = status
        for condition in conditions {
            pod.setCondition(
                condition.type, isTrue: condition.isTrue, reason: condition.reason, message: condition.message, at: now)
        }
    }
}
