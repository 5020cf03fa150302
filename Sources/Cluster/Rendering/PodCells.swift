import Document
import Effects

/// The cells of pods, in the words `kubectl get pods` is known for.
enum PodCells {
    static func render(_ name: String, _ value: JSONValue, now: Timestamp) -> JSONValue {
        switch name {
        case "pod.ready":
            let (ready, total) = readiness(value)
            return .string("\(ready)/\(total)")
        case "pod.status": return .string(status(value))
        case "pod.restarts": return .string(restarts(value, now: now))
        case "pod.readinessGates": return .string(readinessGates(value))
        default: return "<unknown>"
        }
    }

    /// The row condition that marks a finished pod.
    static func finishedCondition(_ value: JSONValue) -> JSONValue? {
        switch value["status"]?["phase"]?.stringValue {
        case "Succeeded":
            [
                "type": "Completed", "status": "True", "reason": "Succeeded",
                "message": "The pod has completed successfully.",
            ]
        case "Failed": ["type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."]
        default: nil
        }
    }

    // MARK: - Status

    /// The STATUS column.
    static func status(_ value: JSONValue) -> String {
        var text = value["status"]?["reason"]?.stringValue ?? ""
        if text.isEmpty { text = value["status"]?["phase"]?.stringValue ?? "Unknown" }
        if isGated(value) { text = "SchedulingGated" }
        if let initText = initStatus(value) {
            text = initText
        } else {
            text = containerStatus(value, fallback: text)
        }
        if value["metadata"]?["deletionTimestamp"] != nil {
            return value["status"]?["reason"]?.stringValue == "NodeLost" ? "Unknown" : "Terminating"
        }
        return text
    }

    private static func isGated(_ value: JSONValue) -> Bool {
        (value["status"]?["conditions"]?.arrayValue ?? []).contains {
            $0["type"]?.stringValue == "PodScheduled" && $0["reason"]?.stringValue == "SchedulingGated"
        }
    }

    /// What the init containers are at; `nil` when they are done.
    private static func initStatus(_ value: JSONValue) -> String? {
        let specs = value["spec"]?["initContainers"]?.arrayValue ?? []
        for (index, status) in (value["status"]?["initContainerStatuses"]?.arrayValue ?? []).enumerated() {
            let state = status["state"] ?? .null
            if let terminated = state["terminated"] {
                if terminated["exitCode"]?.intValue == 0 { continue }
                return "Init:" + describe(terminated)
            }
            let spec = specs.first { $0["name"] == status["name"] }
            if spec?["restartPolicy"]?.stringValue == "Always", status["started"]?.boolValue == true { continue }
            if let reason = state["waiting"]?["reason"]?.stringValue, !reason.isEmpty, reason != "PodInitializing" {
                return "Init:\(reason)"
            }
            return "Init:\(index)/\(specs.count)"
        }
        return nil
    }

    /// What the containers are at; the last one that has something to say wins.
    private static func containerStatus(_ value: JSONValue, fallback: String) -> String {
        var text = fallback
        var hasRunning = false
        var error = ""
        for status in (value["status"]?["containerStatuses"]?.arrayValue ?? []).reversed() {
            let state = status["state"] ?? .null
            if let reason = state["waiting"]?["reason"]?.stringValue, !reason.isEmpty {
                text = reason
            } else if let terminated = state["terminated"] {
                text = describe(terminated)
                if terminated["exitCode"]?.intValue != 0 { error = text }
            } else if status["ready"]?.boolValue == true, state["running"] != nil {
                hasRunning = true
            }
        }
        guard text == "Completed" else { return text }
        if hasRunning { return isReady(value) ? "Running" : "NotReady" }
        return error.isEmpty ? text : error
    }

    private static func describe(_ terminated: JSONValue) -> String {
        if let reason = terminated["reason"]?.stringValue, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.intValue, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.intValue ?? 0)"
    }

    private static func isReady(_ value: JSONValue) -> Bool {
        (value["status"]?["conditions"]?.arrayValue ?? []).contains {
            $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
        }
    }

    // MARK: - Counts

    private static func sidecarNames(_ value: JSONValue) -> Set<String> {
        Set(
            (value["spec"]?["initContainers"]?.arrayValue ?? [])
                .filter { $0["restartPolicy"]?.stringValue == "Always" }.compactMap { $0["name"]?.stringValue })
    }

    private static func readiness(_ value: JSONValue) -> (ready: Int, total: Int) {
        let sidecars = sidecarNames(value)
        let total = (value["spec"]?["containers"]?.arrayValue?.count ?? 0) + sidecars.count
        let statuses = value["status"]?["containerStatuses"]?.arrayValue ?? []
        let initStatuses = (value["status"]?["initContainerStatuses"]?.arrayValue ?? [])
            .filter { sidecars.contains($0["name"]?.stringValue ?? "") }
        let ready = (statuses + initStatuses).filter { status in
            status["ready"]?.boolValue == true && status["state"]?["running"] != nil
        }.count
        return (ready, total)
    }

    private static func restarts(_ value: JSONValue, now: Timestamp) -> String {
        let sidecars = sidecarNames(value)
        let isInitialising = initStatus(value) != nil
        let initStatuses = (value["status"]?["initContainerStatuses"]?.arrayValue ?? [])
            .filter { isInitialising || sidecars.contains($0["name"]?.stringValue ?? "") }
        let statuses =
            isInitialising ? initStatuses : initStatuses + (value["status"]?["containerStatuses"]?.arrayValue ?? [])
        var count: Int64 = 0
        var last: Timestamp?
        for status in statuses {
            count += status["restartCount"]?.intValue ?? 0
            guard let text = status["lastState"]?["terminated"]?["finishedAt"]?.stringValue,
                let time = Timestamp(rfc3339: text)
            else { continue }
            last = max(last ?? time, time)
        }
        guard count > 0, let last else { return String(count) }
        return "\(count) (\(ShortAge.text(from: last, to: now)) ago)"
    }

    private static func readinessGates(_ value: JSONValue) -> String {
        let gates = value["spec"]?["readinessGates"]?.arrayValue ?? []
        if gates.isEmpty { return "<none>" }
        let conditions = value["status"]?["conditions"]?.arrayValue ?? []
        let met = gates.filter { gate in
            conditions.contains { $0["type"] == gate["conditionType"] && $0["status"]?.stringValue == "True" }
        }
        return "\(met.count)/\(gates.count)"
    }
}
