import Document

/// The defaults that depend on other fields; the table's own are already filled in.
struct KindDefaults {
    let kind: ResourceKind
    let schema: Schema

    /// Fills in what is missing.
    func apply(to value: inout JSONValue) {
        switch kind.storage {
        case .pods:
            Self.mutate(&value, "spec", Self.podSpec)
        case .deployments:
            Self.mutate(&value, "spec") { spec in
                Self.strategy(&spec)
                Self.template(&spec)
            }
        case .replicaSets:
            Self.mutate(&value, "spec", Self.template)
        case .services:
            Self.mutate(&value, "spec", ServiceDefaults.apply(to:))
        case .secrets: Self.secret(&value)
        default: break
        }
    }

    /// Changes a member in place when it is an object.
    static func mutate(_ value: inout JSONValue, _ field: String, _ change: (inout JSONValue) -> Void) {
        guard value[field]?.objectValue != nil else { return }
        value.updateObject { $0.update(field, change) }
    }

    private static func template(_ spec: inout JSONValue) {
        mutate(&spec, "template") { template in mutate(&template, "spec", podSpec) }
    }

    private static func strategy(_ spec: inout JSONValue) {
        guard spec["strategy"]?["type"]?.stringValue == "RollingUpdate" else { return }
        for field in ["maxUnavailable", "maxSurge"] where spec["strategy"]?["rollingUpdate"]?[field] == nil {
            spec["strategy", "rollingUpdate", field] = "25%"
        }
    }

    /// The text of a secret becomes bytes.
    private static func secret(_ value: inout JSONValue) {
        guard let texts = value["stringData"]?.objectValue else { return }
        for (key, text) in texts {
            value["data", key] = .string(Base64.encode((text.stringValue ?? "").utf8))
        }
        value["stringData"] = nil
    }

    // MARK: - Pods

    private static func podSpec(_ spec: inout JSONValue) {
        let usesHostNetwork = spec["hostNetwork"]?.boolValue == true
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list]?.arrayValue,
                containers.contains(where: { isIncomplete($0, usesHostNetwork: usesHostNetwork) })
            else { continue }
            spec.updateObject { object in
                object.update(list) { value in
                    value.updateArray { elements in
                        for index in elements.indices { container(&elements[index], usesHostNetwork: usesHostNetwork) }
                    }
                }
            }
        }
        if let account = spec["serviceAccountName"]?.stringValue, !account.isEmpty {
            if spec["serviceAccount"]?.stringValue != account { spec["serviceAccount"] = .string(account) }
        } else if let account = spec["serviceAccount"]?.stringValue, !account.isEmpty {
            spec["serviceAccountName"] = .string(account)
        }
        emptyVolumes(&spec)
    }

    private static func isIncomplete(_ container: JSONValue, usesHostNetwork: Bool) -> Bool {
        container["imagePullPolicy"] == nil || container["resources"]?["limits"] != nil
            || (usesHostNetwork && container["ports"] != nil)
    }

    private static func container(_ container: inout JSONValue, usesHostNetwork: Bool) {
        if container["imagePullPolicy"] == nil {
            let image = container["image"]?.stringValue ?? ""
            container["imagePullPolicy"] = .string(isLatest(image) ? "Always" : "IfNotPresent")
        }
        for (resource, limit) in container["resources"]?["limits"]?.objectValue ?? [:]
        where container["resources"]?["requests"]?[resource] == nil {
            container["resources", "requests", resource] = limit
        }
        guard usesHostNetwork, container["ports"] != nil else { return }
        container.updateObject { object in
            object.update("ports") { ports in
                ports.updateArray { elements in
                    for index in elements.indices where (elements[index]["hostPort"]?.intValue ?? 0) == 0 {
                        elements[index]["hostPort"] = elements[index]["containerPort"]
                    }
                }
            }
        }
    }

    /// Whether a reference means `:latest`: that tag, or neither tag nor digest.
    private static func isLatest(_ image: String) -> Bool {
        if image.contains("@") { return false }
        let last = image.split(separator: "/").last ?? ""
        guard let colon = last.lastIndex(of: ":") else { return true }
        return last[last.index(after: colon)...] == "latest"
    }

    /// A volume without source is an empty directory.
    private static func emptyVolumes(_ spec: inout JSONValue) {
        guard let volumes = spec["volumes"]?.arrayValue, volumes.contains(where: { $0.objectValue?.count == 1 }) else {
            return
        }
        spec["volumes"] = .array(
            volumes.map { volume in
                guard volume.objectValue?.count == 1, volume["name"] != nil else { return volume }
                var volume = volume
                volume["emptyDir"] = [:]
                return volume
            })
    }
}

/// The defaults of services that depend on their type.
enum ServiceDefaults {
    /// Fills in what is missing in `spec`.
    static func apply(to spec: inout JSONValue) {
        let type = spec["type"]?.stringValue ?? "ClusterIP"
        ports(&spec)
        if spec["sessionAffinity"]?.stringValue == "ClientIP" {
            if spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] == nil {
                spec["sessionAffinityConfig", "clientIP", "timeoutSeconds"] = 10800
            }
        } else {
            spec["sessionAffinityConfig"] = nil
        }
        if type != "ExternalName", spec["internalTrafficPolicy"] == nil { spec["internalTrafficPolicy"] = "Cluster" }
        if type == "NodePort" || type == "LoadBalancer" {
            if spec["externalTrafficPolicy"] == nil { spec["externalTrafficPolicy"] = "Cluster" }
        } else {
            spec["externalTrafficPolicy"] = nil
        }
        if type == "LoadBalancer" {
            if spec["allocateLoadBalancerNodePorts"] == nil { spec["allocateLoadBalancerNodePorts"] = true }
        } else {
            spec["allocateLoadBalancerNodePorts"] = nil
        }
    }

    private static func ports(_ spec: inout JSONValue) {
        guard let ports = spec["ports"]?.arrayValue,
            ports.contains(where: { FieldRules.isEmpty($0["targetPort"] ?? .null) })
        else { return }
        spec["ports"] = .array(
            ports.map { port in
                guard FieldRules.isEmpty(port["targetPort"] ?? .null) else { return port }
                var port = port
                port["targetPort"] = port["port"]
                return port
            })
    }
}
