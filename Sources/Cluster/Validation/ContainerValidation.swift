import Document

/// The rules of one container.
struct ContainerValidation {
    private(set) var causes = FieldCauses()
    private let path: String
    private let volumes: Set<String>
    private let isInit: Bool

    init(path: String, volumes: Set<String>, isInit: Bool) {
        self.path = path
        self.volumes = volumes
        self.isInit = isInit
    }

    /// Checks one container.
    mutating func check(_ container: JSONValue) {
        if (container["image"]?.stringValue ?? "").isEmpty { causes.required("\(path).image") }
        checkMounts(container["volumeMounts"]?.arrayValue ?? [])
        checkPorts(container["ports"]?.arrayValue ?? [])
        checkEnvironment(container)
        checkResources(container["resources"] ?? .null)
        let isSidecar = isInit && container["restartPolicy"]?.stringValue == "Always"
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard let value = container[probe] else { continue }
            if isInit, !isSidecar {
                causes.forbidden("\(path).\(probe)", "may not be set for init containers without restartPolicy=Always")
            }
            checkHandler(value, "\(path).\(probe)", handlers: ["exec", "httpGet", "tcpSocket", "grpc"])
            if probe != "readinessProbe", let successes = value["successThreshold"]?.intValue, successes != 1 {
                causes.invalid("\(path).\(probe).successThreshold", .integer(successes), "must be 1")
            }
        }
        for hook in ["postStart", "preStop"] {
            guard let value = container["lifecycle"]?[hook] else { continue }
            if isInit, !isSidecar {
                causes.forbidden("\(path).lifecycle", "may not be set for init containers without restartPolicy=Always")
            }
            checkHandler(value, "\(path).lifecycle.\(hook)", handlers: ["exec", "httpGet", "tcpSocket", "sleep"])
        }
        checkSecurity(container["securityContext"] ?? .null)
    }

    private mutating func checkMounts(_ mounts: [JSONValue]) {
        var places: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let place = "\(path).volumeMounts[\(index)]"
            if let name = mount["name"]?.stringValue, !name.isEmpty, !volumes.contains(name) {
                causes.invalid("\(place).name", .string(name), "Not found: \"\(name)\"")
            }
            if let target = mount["mountPath"]?.stringValue, !target.isEmpty {
                if !places.insert(target).inserted {
                    causes.invalid("\(place).mountPath", .string(target), "must be unique")
                }
                if target.contains(":") {
                    causes.invalid("\(place).mountPath", .string(target), "must not contain ':'")
                }
            }
            for field in ["subPath", "subPathExpr"] {
                guard let text = mount[field]?.stringValue, !text.isEmpty else { continue }
                if text.hasPrefix("/") { causes.invalid("\(place).\(field)", .string(text), "must be a relative path") }
                if text.split(separator: "/").contains("..") {
                    causes.invalid("\(place).\(field)", .string(text), "must not contain '..'")
                }
            }
            if mount["subPath"] != nil, mount["subPathExpr"] != nil {
                causes.invalid(
                    "\(place).subPathExpr", mount["subPathExpr"] ?? "", "subPathExpr and subPath are mutually exclusive"
                )
            }
        }
    }

    private mutating func checkPorts(_ ports: [JSONValue]) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            if let name = port["name"]?.stringValue, !name.isEmpty, !names.insert(name).inserted {
                causes.duplicate("\(path).ports[\(index)].name", .string(name))
            }
        }
    }

    private mutating func checkEnvironment(_ container: JSONValue) {
        for (index, variable) in (container["env"]?.arrayValue ?? []).enumerated() {
            let place = "\(path).env[\(index)].valueFrom"
            guard let source = variable["valueFrom"]?.objectValue else { continue }
            if let text = variable["value"]?.stringValue, !text.isEmpty {
                causes.invalid(place, "", "may not be specified when `value` is not empty")
            }
            if source.count != 1 {
                causes.invalid(
                    place, "",
                    source.isEmpty
                        ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
                        : "may not have more than one field specified at a time")
            }
            if let field = source["fieldRef"]?["fieldPath"]?.stringValue, !Self.isReadable(field) {
                causes.notSupported(
                    "\(place).fieldRef.fieldPath", .string(field), supported: Self.readableFields)
            }
        }
        for (index, source) in (container["envFrom"]?.arrayValue ?? []).enumerated() {
            let given = ["configMapRef", "secretRef"].filter { source[$0] != nil }
            if given.count != 1 {
                causes.invalid(
                    "\(path).envFrom[\(index)]", "",
                    given.isEmpty
                        ? "must specify one of: `configMapRef` or `secretRef`"
                        : "may not have more than one field specified at a time")
            }
        }
    }

    private static let readableFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]

    private static func isReadable(_ field: String) -> Bool {
        readableFields.contains(field) || field.hasPrefix("metadata.labels['")
            || field.hasPrefix("metadata.annotations['")
    }

    private mutating func checkResources(_ resources: JSONValue) {
        for list in ["limits", "requests"] {
            for (name, amount) in resources[list]?.objectValue ?? [:] {
                guard let quantity = Quantity(amount.stringValue ?? "") else { continue }
                if let zero = Quantity("0"), quantity < zero {
                    causes.invalid("\(path).resources.\(list).\(name)", amount, "must be greater than or equal to 0")
                }
            }
        }
        for (name, request) in resources["requests"]?.objectValue ?? [:] {
            guard let limit = resources["limits"]?[name]?.stringValue, let largest = Quantity(limit),
                let wanted = Quantity(request.stringValue ?? ""), largest < wanted
            else { continue }
            causes.invalid(
                "\(path).resources.requests", request, "must be less than or equal to \(name) limit of \(limit)")
        }
    }

    private mutating func checkHandler(_ value: JSONValue, _ place: String, handlers: [String]) {
        let given = handlers.filter { value[$0] != nil }
        if given.isEmpty { causes.required(place, "must specify a handler type") }
        if given.count > 1 { causes.forbidden("\(place).\(given[1])", "may not specify more than 1 handler type") }
        if value["exec"] != nil, (value["exec"]?["command"]?.arrayValue ?? []).isEmpty {
            causes.required("\(place).exec.command")
        }
        for handler in ["httpGet", "tcpSocket"] {
            guard let port = value[handler]?["port"] else { continue }
            checkPort(port, "\(place).\(handler).port")
        }
    }

    private mutating func checkPort(_ port: JSONValue, _ place: String) {
        switch port {
        case .integer(let number) where !(1...65_535).contains(number):
            causes.invalid(place, port, "must be between 1 and 65535, inclusive")
        case .string(let name):
            if let problem = NameRules.portName(name) { causes.invalid(place, port, problem) }
        default: break
        }
    }

    private mutating func checkSecurity(_ security: JSONValue) {
        if security["privileged"]?.boolValue == true, security["allowPrivilegeEscalation"]?.boolValue == false {
            causes.invalid(
                "\(path).securityContext", security,
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        }
    }
}
