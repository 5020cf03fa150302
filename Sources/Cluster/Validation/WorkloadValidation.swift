import Document

/// The rules of deployments and replica sets.
struct WorkloadValidation {
    private(set) var causes = FieldCauses()
    private let kind: ResourceKind

    init(kind: ResourceKind) {
        self.kind = kind
    }

    /// Checks the desired state.
    mutating func check(_ spec: JSONValue) {
        checkSelector(spec)
        if spec["template"] != nil {
            var pod = PodValidation(path: "spec.template.spec")
            let template = spec["template"]?["spec"] ?? .null
            if (template["containers"]?.arrayValue ?? []).isEmpty { causes.required("spec.template.spec.containers") }
            pod.check(template)
            checkLabels(spec["template"]?["metadata"]?["labels"]?.objectValue ?? [:])
            causes.append(pod.causes)
            if let policy = template["restartPolicy"], policy != "Always" {
                causes.notSupported("spec.template.spec.restartPolicy", policy, supported: ["Always"])
            }
        } else {
            causes.required("spec.template")
        }
        if kind.storage == .deployments { checkStrategy(spec) }
    }

    /// The labels of the template, which every pod made from it would be refused for.
    private mutating func checkLabels(_ labels: JSONObject) {
        let path = "spec.template.metadata.labels"
        for (key, label) in labels {
            if let problem = NameRules.qualifiedName(key) { causes.invalid(path, .string(key), problem) }
            if let problem = NameRules.labelValue(label.stringValue ?? "") { causes.invalid(path, label, problem) }
        }
    }

    private mutating func checkSelector(_ spec: JSONValue) {
        guard let json = spec["selector"] else { return }
        do {
            let selector = try LabelSelector(json: json)
            if selector.isEmpty {
                causes.invalid("spec.selector", json, "empty selector is invalid for \(kind.singular)")
                return
            }
            var labels: [String: String] = [:]
            for (key, label) in spec["template"]?["metadata"]?["labels"]?.objectValue ?? [:] {
                labels[key] = label.stringValue
            }
            if !selector.matches(labels) {
                causes.invalid(
                    "spec.template.metadata.labels", spec["template"]?["metadata"]?["labels"] ?? .null,
                    "`selector` does not match template `labels`")
            }
        } catch {
            causes.invalid("spec.selector", json, error.message)
        }
    }

    private mutating func checkStrategy(_ spec: JSONValue) {
        let strategy = spec["strategy"] ?? .null
        if strategy["type"]?.stringValue == "Recreate", strategy["rollingUpdate"] != nil {
            causes.forbidden(
                "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
            return
        }
        guard let rolling = strategy["rollingUpdate"] else { return }
        let unavailable = check(rolling["maxUnavailable"], "spec.strategy.rollingUpdate.maxUnavailable")
        let surge = check(rolling["maxSurge"], "spec.strategy.rollingUpdate.maxSurge")
        if unavailable == 0, surge == 0 {
            causes.invalid(
                "spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"] ?? .null,
                "may not be 0 when `maxSurge` is 0")
        }
        if let unavailable, rolling["maxUnavailable"]?.stringValue != nil, unavailable > 100 {
            causes.invalid(
                "spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"] ?? .null,
                "must not be greater than 100%")
        }
        if let deadline = spec["progressDeadlineSeconds"]?.intValue, let ready = spec["minReadySeconds"]?.intValue,
            deadline <= ready
        {
            causes.invalid(
                "spec.progressDeadlineSeconds", .integer(deadline), "must be greater than minReadySeconds")
        }
    }

    /// The number of an integer or percentage; notes what is neither.
    private mutating func check(_ value: JSONValue?, _ path: String) -> Int64? {
        switch value {
        case .integer(let number)?:
            if number < 0 { causes.invalid(path, .integer(number), "must be greater than or equal to 0") }
            return number
        case .string(let text)?:
            guard text.hasSuffix("%"), let number = Int64(text.dropLast()), number >= 0 else {
                causes.invalid(
                    path, .string(text),
                    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')")
                return nil
            }
            return number
        default: return nil
        }
    }
}
