import Document

/// The rules of a pod's desired state; also applied to pod templates.
struct PodValidation {
    private(set) var causes = FieldCauses()
    private let root: String

    /// `path` is where the pod spec stands: `spec` or `spec.template.spec`.
    init(path: String) {
        root = path
    }

    /// Checks a pod spec.
    mutating func check(_ spec: JSONValue) {
        let volumes = checkVolumes(spec["volumes"]?.arrayValue ?? [])
        var names: Set<String> = []
        for list in ["initContainers", "containers"] {
            for (index, container) in (spec[list]?.arrayValue ?? []).enumerated() {
                let path = "\(root).\(list)[\(index)]"
                let name = container["name"]?.stringValue ?? ""
                if !name.isEmpty, !names.insert(name).inserted {
                    causes.duplicate("\(path).name", .string(name))
                }
                var validation = ContainerValidation(path: path, volumes: volumes, isInit: list == "initContainers")
                validation.check(container)
                causes.append(validation.causes)
            }
        }
        checkHostPorts(spec["containers"]?.arrayValue ?? [])
        checkTolerations(spec["tolerations"]?.arrayValue ?? [])
        checkNetwork(spec)
        for (index, alias) in (spec["hostAliases"]?.arrayValue ?? []).enumerated() {
            let address = alias["ip"]?.stringValue ?? ""
            if !address.isEmpty, IPv4.number(address) == nil, !address.contains(":") {
                causes.invalid("\(root).hostAliases[\(index)].ip", .string(address), "must be a valid IP address")
            }
        }
        for (key, label) in spec["nodeSelector"]?.objectValue ?? [:] {
            if let problem = NameRules.qualifiedName(key) {
                causes.invalid("\(root).nodeSelector", .string(key), problem)
            } else if let problem = NameRules.labelValue(label.stringValue ?? "") {
                causes.invalid("\(root).nodeSelector", label, problem)
            }
        }
    }

    // MARK: - Volumes

    private mutating func checkVolumes(_ volumes: [JSONValue]) -> Set<String> {
        var names: Set<String> = []
        for (index, volume) in volumes.enumerated() {
            let path = "\(root).volumes[\(index)]"
            let name = volume["name"]?.stringValue ?? ""
            if !name.isEmpty, !names.insert(name).inserted { causes.duplicate("\(path).name", .string(name)) }
            let sources = volume.objectValue?.keys.filter { $0 != "name" } ?? []
            if sources.count > 1 {
                causes.forbidden("\(path).\(sources[1])", "may not specify more than 1 volume type")
            }
            checkSource(volume, path)
        }
        return names
    }

    private mutating func checkSource(_ volume: JSONValue, _ path: String) {
        if let hostPath = volume["hostPath"]?["path"]?.stringValue {
            if !hostPath.hasPrefix("/") {
                causes.invalid("\(path).hostPath.path", .string(hostPath), "must be an absolute path")
            }
            checkNoParent(hostPath, "\(path).hostPath.path")
        }
        if volume["configMap"] != nil, (volume["configMap"]?["name"]?.stringValue ?? "").isEmpty {
            causes.required("\(path).configMap.name")
        }
        if volume["secret"] != nil, (volume["secret"]?["secretName"]?.stringValue ?? "").isEmpty {
            causes.required("\(path).secret.secretName")
        }
        for kind in ["configMap", "secret", "downwardAPI"] {
            checkItems(volume[kind]?["items"]?.arrayValue ?? [], "\(path).\(kind).items")
        }
        for (index, source) in (volume["projected"]?["sources"]?.arrayValue ?? []).enumerated() {
            for kind in ["configMap", "secret", "downwardAPI"] {
                checkItems(
                    source[kind]?["items"]?.arrayValue ?? [], "\(path).projected.sources[\(index)].\(kind).items")
            }
        }
    }

    private mutating func checkItems(_ items: [JSONValue], _ path: String) {
        for (index, item) in items.enumerated() {
            let file = item["path"]?.stringValue ?? ""
            if file.hasPrefix("/") {
                causes.invalid("\(path)[\(index)].path", .string(file), "must be a relative path")
            }
            checkNoParent(file, "\(path)[\(index)].path")
        }
    }

    private mutating func checkNoParent(_ text: String, _ path: String) {
        if text.split(separator: "/").contains("..") { causes.invalid(path, .string(text), "must not contain '..'") }
    }

    // MARK: - The rest

    private mutating func checkHostPorts(_ containers: [JSONValue]) {
        var seen: Set<String> = []
        for (index, container) in containers.enumerated() {
            for (number, port) in (container["ports"]?.arrayValue ?? []).enumerated() {
                guard let hostPort = port["hostPort"]?.intValue, hostPort > 0 else { continue }
                let host = port["hostIP"]?.stringValue ?? ""
                if !seen.insert("\(host)/\(port["protocol"]?.stringValue ?? "TCP")/\(hostPort)").inserted {
                    causes.duplicate(
                        "\(root).containers[\(index)].ports[\(number)].hostPort", .integer(hostPort))
                }
            }
        }
    }

    private mutating func checkTolerations(_ tolerations: [JSONValue]) {
        for (index, toleration) in tolerations.enumerated() {
            let path = "\(root).tolerations[\(index)]"
            let comparison = toleration["operator"]?.stringValue ?? "Equal"
            if (toleration["key"]?.stringValue ?? "").isEmpty, comparison != "Exists" {
                causes.invalid(
                    "\(path).operator", .string(comparison),
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
            }
            if comparison == "Exists", let text = toleration["value"]?.stringValue, !text.isEmpty {
                causes.invalid("\(path).operator", toleration, "value must be empty when `operator` is 'Exists'")
            }
            if toleration["tolerationSeconds"] != nil, toleration["effect"]?.stringValue != "NoExecute" {
                causes.invalid(
                    "\(path).effect", toleration["effect"] ?? "",
                    "effect must be 'NoExecute' when `tolerationSeconds` is set")
            }
        }
    }

    private mutating func checkNetwork(_ spec: JSONValue) {
        if spec["dnsPolicy"]?.stringValue == "None", (spec["dnsConfig"]?["nameservers"]?.arrayValue ?? []).isEmpty {
            causes.required(
                "\(root).dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
        }
        let servers = spec["dnsConfig"]?["nameservers"]?.arrayValue ?? []
        if servers.count > 3 {
            causes.tooMany("\(root).dnsConfig.nameservers", count: servers.count, limit: 3)
        }
        for (index, server) in servers.enumerated() where IPv4.number(server.stringValue ?? "") == nil {
            if server.stringValue?.contains(":") == true { continue }
            causes.invalid("\(root).dnsConfig.nameservers[\(index)]", server, "must be a valid IP address")
        }
    }
}
