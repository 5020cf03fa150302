import Cluster
import Document

/// Values of the pod itself that its containers may ask for (core/v1 ObjectFieldSelector, ResourceFieldSelector).
struct DownwardField: Sendable {
    let spec: PodSpec
    let nodeName: String
    let hostIP: String
    /// The pod's addresses; empty before the sandbox stands.
    let addresses: [String]
    /// What the node gives, for limits that are not set.
    let allocatable: JSONValue

    /// The value at a field path as an environment variable shows it.
    func value(at path: String) throws -> String {
        switch path {
        case "metadata.name": return spec.name
        case "metadata.namespace": return spec.namespace
        case "metadata.uid": return spec.uid
        case "spec.nodeName": return nodeName
        case "spec.serviceAccountName": return spec.json.text("serviceAccountName")
        case "status.hostIP", "status.hostIPs": return hostIP
        case "status.podIP": return addresses.first ?? ""
        case "status.podIPs": return addresses.joined(separator: ",")
        case "metadata.labels": return Self.lines(spec.labels)
        case "metadata.annotations": return Self.lines(spec.annotations)
        default: break
        }
        if let key = Self.subscriptKey(of: path, in: "metadata.labels") {
            return spec.labels[key] ?? ""
        }
        if let key = Self.subscriptKey(of: path, in: "metadata.annotations") {
            return spec.annotations[key] ?? ""
        }
        throw NodeError(.unsupported, "field path \(path) is not supported")
    }

    /// A request or limit of a container, divided and rounded up; an unset limit is what the node gives.
    func resource(_ reference: JSONValue, defaultContainer: ContainerSpec) throws -> String {
        let name = reference.text("containerName")
        let container = name.isEmpty ? defaultContainer : spec.allContainers.first { $0.name == name }
        guard let container else { throw NodeError(.missingReference, "container \(name) is not in the pod") }
        let parts = reference.text("resource").split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else {
            throw NodeError(.unsupported, "resource \(reference.text("resource")) is not supported")
        }
        let list = container.json["resources", parts[0]]
        let isLimit = parts[0] == "limits"
        guard let json = list?[parts[1]] ?? (isLimit ? allocatable[parts[1]] : nil) else { return "0" }
        guard let quantity = Quantity(json: json) else {
            throw NodeError(.unsupported, "quantity \(json) of container \(container.name) can't be read")
        }
        let divisor = reference["divisor"].flatMap { Quantity(json: $0) }
        let divisorMilli = max(1, divisor.map { $0.milli == 0 ? 1000 : $0.milli } ?? 1000)
        // Rounded up, as 1500m with divisor 1 shows 2 (core/v1 ResourceFieldSelector).
        if divisorMilli % 1000 == 0 {
            let whole = divisorMilli / 1000
            let value = whole == 1 ? quantity.value : (quantity.value + whole - 1) / whole
            return String(value)
        }
        return String((quantity.milli + divisorMilli - 1) / divisorMilli)
    }

    private static func subscriptKey(of path: String, in field: String) -> String? {
        guard path.hasPrefix("\(field)['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(field.count + 2).dropLast(2))
    }

    /// `key="value"` lines in key order, values escaped as by Go's strconv.Quote.
    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
