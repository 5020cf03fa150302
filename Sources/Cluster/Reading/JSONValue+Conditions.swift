import Document
import Effects

extension JSONValue {
    /// Sets the condition of the given type in `status.conditions`; the transition time moves only with its status.
    ///
    /// Nothing changes when status, reason and message are as they were.
    public mutating func setCondition(
        _ type: String, isTrue: Bool, reason: String = "", message: String = "", at now: Timestamp
    ) {
        setCondition(type, status: isTrue ? "True" : "False", reason: reason, message: message, at: now)
    }

    /// Sets a condition whose status may also be `Unknown`.
    public mutating func setCondition(
        _ type: String, status: String, reason: String, message: String, at now: Timestamp,
        updateTimeField: String? = nil
    ) {
        var conditions = items("status", "conditions")
        let position = conditions.firstIndex { $0.text("type") == type }
        var condition = position.map { conditions[$0] } ?? ["type": .string(type)]
        let isSame =
            condition.text("status") == status && condition.text("reason") == reason
            && condition.text("message") == message
        if position != nil, isSame { return }
        if condition.text("status") != status { condition["lastTransitionTime"] = .string(now.rfc3339) }
        condition["status"] = .string(status)
        condition["reason"] = reason.isEmpty ? nil : .string(reason)
        condition["message"] = message.isEmpty ? nil : .string(message)
        if let updateTimeField { condition[updateTimeField] = .string(now.rfc3339) }
        if let position { conditions[position] = condition } else { conditions.append(condition) }
        self["status", "conditions"] = .array(conditions)
    }

    /// Removes the condition of the given type, if it is there.
    public mutating func removeCondition(_ type: String) {
        let conditions = items("status", "conditions")
        guard conditions.contains(where: { $0.text("type") == type }) else { return }
        self["status", "conditions"] = .array(conditions.filter { $0.text("type") != type })
    }
}
