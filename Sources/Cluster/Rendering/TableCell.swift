import Document
import Effects

/// Computes the cells that the schema table names.
enum TableCell {
    /// The cell `name` of an object.
    static func render(_ name: String, _ object: StoredObject, now: Timestamp) -> JSONValue {
        let value = object.value
        if name.hasPrefix("path:") {
            return text(value.at(path(name.dropFirst(5))), absent: "<none>")
        }
        if name.hasPrefix("count:") {
            return .integer(value.at(path(name.dropFirst(6)))?.intValue ?? 0)
        }
        switch name {
        case "name": return .string(object.name)
        case "age": return .string(ShortAge.text(since: value["metadata"]?["creationTimestamp"]?.stringValue, now: now))
        case "data.count": return .integer(count(value["data"]) + count(value["binaryData"]))
        default: break
        }
        let parts = name.split(separator: ".")
        switch parts.first {
        case "pod": return PodCells.render(name, value, now: now)
        case "node": return .string(NodeCells.render(name, value))
        case "service": return .string(ServiceCells.render(name, value))
        case "workload", "deployment": return .string(WorkloadCells.render(name, value))
        case "endpoints", "slice": return .string(EndpointCells.render(name, value))
        case "event": return .string(EventCells.render(name, value, now: now))
        default: return "<unknown>"
        }
    }

    /// The first few of many, `a,b,c + 2 more...`.
    static func limited(_ items: [String], to limit: Int = 3, empty: String = "<none>") -> String {
        if items.isEmpty { return empty }
        if items.count <= limit { return items.joined(separator: ",") }
        return items.prefix(limit).joined(separator: ",") + " + \(items.count - limit) more..."
    }

    /// `a=b,c=d` of a map of labels.
    static func labels(_ value: JSONValue?) -> String {
        guard let object = value?.objectValue, !object.isEmpty else { return "<none>" }
        return object.sortedByKey().map { "\($0.key)=\($0.value.stringValue ?? "")" }.joined(separator: ",")
    }

    private static func path(_ text: Substring) -> [String] { text.split(separator: ".").map(String.init) }

    private static func count(_ value: JSONValue?) -> Int64 { Int64(value?.objectValue?.count ?? 0) }

    private static func text(_ value: JSONValue?, absent: String) -> JSONValue {
        switch value {
        case .string(let text)? where !text.isEmpty: .string(text)
        case .integer(let number)?: .string(String(number))
        case .bool(let flag)?: .string(flag ? "true" : "false")
        default: .string(absent)
        }
    }
}

/// The cells of nodes.
enum NodeCells {
    private static let rolePrefix = "node-role.kubernetes.io/"

    static func render(_ name: String, _ value: JSONValue) -> String {
        switch name {
        case "node.status": status(value)
        case "node.roles": roles(value)
        case "node.internalIP": address("InternalIP", value)
        case "node.externalIP": address("ExternalIP", value)
        default: "<unknown>"
        }
    }

    private static func status(_ value: JSONValue) -> String {
        let ready = (value["status"]?["conditions"]?.arrayValue ?? []).first { $0["type"]?.stringValue == "Ready" }
        var text: String
        switch ready?["status"]?.stringValue {
        case "True": text = "Ready"
        case "False": text = "NotReady"
        default: text = ready == nil ? "Unknown" : "NotReady"
        }
        if value["spec"]?["unschedulable"]?.boolValue == true { text += ",SchedulingDisabled" }
        return text
    }

    private static func roles(_ value: JSONValue) -> String {
        let roles = (value["metadata"]?["labels"]?.objectValue?.keys ?? [])
            .filter { $0.hasPrefix(rolePrefix) && $0.count > rolePrefix.count }
            .map { String($0.dropFirst(rolePrefix.count)) }.sorted()
        return roles.isEmpty ? "<none>" : roles.joined(separator: ",")
    }

    private static func address(_ type: String, _ value: JSONValue) -> String {
        (value["status"]?["addresses"]?.arrayValue ?? []).first { $0["type"]?.stringValue == type }?["address"]?
            .stringValue ?? "<none>"
    }
}

/// The cells of services.
enum ServiceCells {
    static func render(_ name: String, _ value: JSONValue) -> String {
        switch name {
        case "service.externalIP": externalIP(value)
        case "service.ports": ports(value)
        case "service.selector": TableCell.labels(value["spec"]?["selector"])
        default: "<unknown>"
        }
    }

    private static func externalIP(_ value: JSONValue) -> String {
        let type = value["spec"]?["type"]?.stringValue
        if type == "ExternalName" { return value["spec"]?["externalName"]?.stringValue ?? "<none>" }
        guard type == "LoadBalancer" else { return "<none>" }
        let addresses = (value["status"]?["loadBalancer"]?["ingress"]?.arrayValue ?? [])
            .compactMap { $0["ip"]?.stringValue ?? $0["hostname"]?.stringValue }
        return addresses.isEmpty ? "<pending>" : addresses.joined(separator: ",")
    }

    private static func ports(_ value: JSONValue) -> String {
        let ports = value["spec"]?["ports"]?.arrayValue ?? []
        if ports.isEmpty { return "<none>" }
        return ports.map { port in
            let node = port["nodePort"]?.intValue ?? 0
            let transport = port["protocol"]?.stringValue ?? "TCP"
            let number = port["port"]?.intValue ?? 0
            return node > 0 ? "\(number):\(node)/\(transport)" : "\(number)/\(transport)"
        }.joined(separator: ",")
    }
}

/// The cells of deployments and replica sets.
enum WorkloadCells {
    static func render(_ name: String, _ value: JSONValue) -> String {
        let containers = value["spec"]?["template"]?["spec"]?["containers"]?.arrayValue ?? []
        switch name {
        case "deployment.ready":
            return "\(value["status"]?["readyReplicas"]?.intValue ?? 0)/\(value["spec"]?["replicas"]?.intValue ?? 0)"
        case "workload.containers": return containers.compactMap { $0["name"]?.stringValue }.joined(separator: ",")
        case "workload.images": return containers.compactMap { $0["image"]?.stringValue }.joined(separator: ",")
        case "workload.selector":
            let selector = try? LabelSelector(json: value["spec"]?["selector"] ?? .null)
            return selector.map { $0.isEmpty ? "<none>" : $0.description } ?? "<none>"
        default: return "<unknown>"
        }
    }
}

/// The cells of endpoints and endpoint slices.
enum EndpointCells {
    static func render(_ name: String, _ value: JSONValue) -> String {
        switch name {
        case "endpoints.endpoints": subsets(value)
        case "slice.ports": ports(value)
        case "slice.endpoints":
            TableCell.limited(
                (value["endpoints"]?.arrayValue ?? []).flatMap {
                    $0["addresses"]?.arrayValue?.compactMap(\.stringValue) ?? []
                }, empty: "<unset>")
        default: "<unknown>"
        }
    }

    private static func subsets(_ value: JSONValue) -> String {
        var endpoints: [String] = []
        for subset in value["subsets"]?.arrayValue ?? [] {
            let ports = (subset["ports"]?.arrayValue ?? []).compactMap { $0["port"]?.intValue }
            for address in subset["addresses"]?.arrayValue ?? [] {
                let text = address["ip"]?.stringValue ?? ""
                endpoints += ports.isEmpty ? [text] : ports.map { "\(text):\($0)" }
            }
        }
        return TableCell.limited(endpoints)
    }

    private static func ports(_ value: JSONValue) -> String {
        let ports = (value["ports"]?.arrayValue ?? []).map { $0["port"]?.intValue.map(String.init) ?? "*" }
        return TableCell.limited(ports, empty: "<unset>")
    }
}

/// The cells of events.
enum EventCells {
    static func render(_ name: String, _ value: JSONValue, now: Timestamp) -> String {
        switch name {
        case "event.lastSeen":
            age(value["series"]?["lastObservedTime"] ?? value["lastTimestamp"] ?? value["eventTime"], now)
        case "event.firstSeen": age(value["firstTimestamp"] ?? value["eventTime"], now)
        case "event.object": object(value["involvedObject"] ?? .null)
        case "event.source": source(value)
        case "event.message": trimmed(value["message"]?.stringValue ?? "")
        case "event.count": String(value["series"]?["count"]?.intValue ?? value["count"]?.intValue ?? 1)
        default: "<unknown>"
        }
    }

    private static func age(_ time: JSONValue?, _ now: Timestamp) -> String {
        ShortAge.text(since: time?.stringValue, now: now)
    }

    private static func object(_ reference: JSONValue) -> String {
        "\((reference["kind"]?.stringValue ?? "").lowercased())/\(reference["name"]?.stringValue ?? "")"
    }

    private static func source(_ value: JSONValue) -> String {
        let component = value["source"]?["component"]?.stringValue ?? value["reportingComponent"]?.stringValue ?? ""
        let host = value["source"]?["host"]?.stringValue ?? value["reportingInstance"]?.stringValue ?? ""
        return host.isEmpty ? component : "\(component), \(host)"
    }

    private static func trimmed(_ text: String) -> String {
        let end = text.lastIndex { !$0.isWhitespace }
        return end.map { String(text[...$0]) } ?? ""
    }
}
