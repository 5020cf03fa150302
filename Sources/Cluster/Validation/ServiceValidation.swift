import Document

/// The rules of services, config maps, secrets and endpoints.
struct ServiceValidation {
    private(set) var causes = FieldCauses()

    /// Checks the desired state of a service.
    mutating func check(_ spec: JSONValue) {
        let type = spec["type"]?.stringValue ?? "ClusterIP"
        let address = spec["clusterIP"]?.stringValue ?? ""
        let ports = spec["ports"]?.arrayValue ?? []
        if type == "ExternalName" {
            if let name = spec["externalName"]?.stringValue, !name.isEmpty {
                if let problem = NameRules.dnsSubdomain(name) {
                    causes.invalid("spec.externalName", .string(name), problem)
                }
            } else {
                causes.required("spec.externalName")
            }
            if !address.isEmpty { causes.forbidden("spec.clusterIP", "may not be set when `type` is 'ExternalName'") }
        } else if ports.isEmpty, address != "None" {
            causes.required("spec.ports")
        }
        if address == "None", type == "NodePort" || type == "LoadBalancer" {
            causes.invalid("spec.clusterIP", "None", "may not be set to 'None' for \(type) services")
        }
        checkPorts(ports, type: type)
        for (key, label) in spec["selector"]?.objectValue ?? [:] {
            if let problem = NameRules.qualifiedName(key) { causes.invalid("spec.selector", .string(key), problem) }
            if let problem = NameRules.labelValue(label.stringValue ?? "") {
                causes.invalid("spec.selector", label, problem)
            }
        }
    }

    private mutating func checkPorts(_ ports: [JSONValue], type: String) {
        var names: Set<String> = []
        var numbers: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let name = port["name"]?.stringValue ?? ""
            if name.isEmpty {
                if ports.count > 1 { causes.required("\(path).name") }
            } else {
                if let problem = NameRules.dnsLabel(name) { causes.invalid("\(path).name", .string(name), problem) }
                if !names.insert(name).inserted { causes.duplicate("\(path).name", .string(name)) }
            }
            let number = port["port"]?.intValue ?? 0
            if !numbers.insert("\(port["protocol"]?.stringValue ?? "TCP")/\(number)").inserted {
                causes.duplicate(path, port)
            }
            switch port["targetPort"] {
            case .integer(let target)? where !(1...65_535).contains(target):
                causes.invalid("\(path).targetPort", .integer(target), "must be between 1 and 65535, inclusive")
            case .string(let target)?:
                if let problem = NameRules.portName(target) {
                    causes.invalid("\(path).targetPort", .string(target), problem)
                }
            default: break
            }
            if (port["nodePort"]?.intValue ?? 0) != 0, type == "ClusterIP" || type == "ExternalName" {
                causes.forbidden("\(path).nodePort", "may not be used when `type` is '\(type)'")
            }
        }
    }
}

/// The rules of config maps and secrets.
struct DataValidation {
    private(set) var causes = FieldCauses()

    /// The largest content of one object.
    private static let maximumBytes = 1 << 20

    /// Checks a config map or secret.
    mutating func check(_ value: JSONValue) {
        var size = 0
        for field in ["data", "binaryData"] {
            for (key, content) in value[field]?.objectValue ?? [:] {
                if let problem = NameRules.dataKey(key) { causes.invalid("\(field)[\(key)]", .string(key), problem) }
                if field == "binaryData", value["data"]?[key] != nil {
                    causes.invalid("\(field)[\(key)]", .string(key), "duplicate of key present in data")
                }
                size += content.stringValue?.utf8.count ?? 0
            }
        }
        if size > Self.maximumBytes { causes.tooLong("data", limitBytes: Self.maximumBytes) }
        for key in Self.requiredKeys(value["type"]?.stringValue) where value["data"]?[key] == nil {
            causes.required("data[\(key)]")
        }
    }

    private static func requiredKeys(_ type: String?) -> [String] {
        switch type {
        case "kubernetes.io/tls": ["tls.crt", "tls.key"]
        case "kubernetes.io/dockerconfigjson": [".dockerconfigjson"]
        case "kubernetes.io/dockercfg": [".dockercfg"]
        case "kubernetes.io/ssh-auth": ["ssh-privatekey"]
        default: []
        }
    }
}

/// The rules of endpoints and endpoint slices.
struct EndpointValidation {
    private(set) var causes = FieldCauses()

    /// Checks endpoints or an endpoint slice.
    mutating func check(_ value: JSONValue) {
        let endpoints = value["endpoints"]?.arrayValue ?? []
        if endpoints.count > 1000 { causes.tooMany("endpoints", count: endpoints.count, limit: 1000) }
        let isIPv4 = value["addressType"]?.stringValue == "IPv4"
        for (index, endpoint) in endpoints.enumerated() {
            let addresses = endpoint["addresses"]?.arrayValue ?? []
            if addresses.count > 100 {
                causes.tooMany("endpoints[\(index)].addresses", count: addresses.count, limit: 100)
            }
            for (number, address) in addresses.enumerated() where isIPv4 {
                checkAddress(address, "endpoints[\(index)].addresses[\(number)]")
            }
        }
        if let ports = value["ports"]?.arrayValue, ports.count > 100 {
            causes.tooMany("ports", count: ports.count, limit: 100)
        }
        for (index, subset) in (value["subsets"]?.arrayValue ?? []).enumerated() {
            for list in ["addresses", "notReadyAddresses"] {
                for (number, address) in (subset[list]?.arrayValue ?? []).enumerated() {
                    checkAddress(address["ip"] ?? "", "subsets[\(index)].\(list)[\(number)].ip")
                }
            }
        }
    }

    private mutating func checkAddress(_ address: JSONValue, _ path: String) {
        let text = address.stringValue ?? ""
        guard let number = IPv4.number(text) else {
            if !text.contains(":") { causes.invalid(path, address, "must be a valid IP address") }
            return
        }
        if number >> 24 == 127 {
            causes.invalid(path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
        }
        if number == 0 { causes.invalid(path, address, "may not be unspecified (0.0.0.0)") }
    }
}
