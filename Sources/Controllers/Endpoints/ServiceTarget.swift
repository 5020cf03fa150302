import Cluster
import Document

/// A port of an endpoint, resolved for one pod.
struct EndpointPort: Sendable, Hashable, Comparable {
    var name: String
    var port: Int
    var transport: String
    var appProtocol: String?

    static func < (left: EndpointPort, right: EndpointPort) -> Bool {
        (left.name, left.port, left.transport) < (right.name, right.port, right.transport)
    }

    /// The form of a slice, where an empty name is written too.
    var sliceJSON: JSONValue {
        var json: JSONValue = [
            "name": .string(name), "port": .integer(Int64(port)), "protocol": .string(transport),
        ]
        if let appProtocol { json["appProtocol"] = .string(appProtocol) }
        return json
    }

    /// The form of Endpoints, where an unnamed port has no name.
    var subsetJSON: JSONValue {
        var json = sliceJSON
        if name.isEmpty { json["name"] = nil }
        return json
    }
}

/// What a Service leads to, as far as endpoints are concerned.
struct ServiceTarget: Sendable, Hashable {
    /// A port of the Service.
    struct Port: Sendable, Hashable {
        var name: String
        /// The number asked for in the pod; nil asks by name.
        var number: Int?
        /// The name of a container's port.
        var targetName: String
        var transport: String
        var appProtocol: String?
    }

    let name: String
    let namespace: String
    let uid: String
    let selector: [String: String]
    let ports: [Port]
    let publishesNotReady: Bool
    let isHeadless: Bool
    let labels: [String: String]

    /// Reads a Service; nil when its endpoints are not ours to make (no selector, or an external name).
    init?(_ service: StoredObject) {
        let spec = service.value["spec"] ?? .null
        selector = spec["selector"]?.stringMap ?? [:]
        if selector.isEmpty || spec.text("type") == "ExternalName" { return nil }
        name = service.key.name
        namespace = service.key.namespace
        uid = service.uid
        labels = service.labels
        publishesNotReady = spec["publishNotReadyAddresses"]?.boolValue ?? false
        isHeadless = spec.text("clusterIP") == "None"
        ports = spec.items("ports").map { port in
            let target = port["targetPort"] ?? port["port"] ?? .null
            let transport = port.text("protocol")
            return Port(
                name: port.text("name"), number: target.intValue.map { Int($0) }, targetName: target.stringValue ?? "",
                transport: transport.isEmpty ? "TCP" : transport, appProtocol: port["appProtocol"]?.stringValue)
        }
    }

    /// Whether a pod is behind the Service.
    func selects(_ labels: [String: String]) -> Bool {
        selector.allSatisfy { labels[$0.key] == $0.value }
    }

    /// The Service's ports as they are in one pod; a named port the pod does not have is left out.
    func resolvedPorts(in pod: JSONValue) -> [EndpointPort] {
        let sidecars = pod.items("spec", "initContainers").filter { $0.text("restartPolicy") == "Always" }
        let declared = (pod.items("spec", "containers") + sidecars).flatMap { $0.items("ports") }
        return ports.compactMap { port in
            let number =
                port.number
                ?? declared.first { candidate in
                    let transport = candidate.text("protocol")
                    return candidate.text("name") == port.targetName
                        && (transport.isEmpty ? "TCP" : transport) == port.transport
                }?["containerPort"]?.intValue.map { Int($0) }
            return number.map {
                EndpointPort(name: port.name, port: $0, transport: port.transport, appProtocol: port.appProtocol)
            }
        }.sorted()
    }
}

/// One address behind a Service.
struct ServiceEndpoint: Sendable, Hashable {
    var address: String
    var node: String
    var hostname: String?
    var podName: String
    var podNamespace: String
    var podUID: String
    var isReady: Bool
    var isServing: Bool
    var isTerminating: Bool
    var ports: [EndpointPort]

    private var targetRef: JSONValue {
        [
            "kind": "Pod", "name": .string(podName), "namespace": .string(podNamespace), "uid": .string(podUID),
        ]
    }

    /// The form of a slice.
    var sliceJSON: JSONValue {
        var json: JSONValue = [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(isReady), "serving": .bool(isServing), "terminating": .bool(isTerminating),
            ],
            "targetRef": targetRef,
        ]
        if let hostname { json["hostname"] = .string(hostname) }
        if !node.isEmpty { json["nodeName"] = .string(node) }
        return json
    }

    /// The form of Endpoints.
    var addressJSON: JSONValue {
        var json: JSONValue = ["ip": .string(address), "targetRef": targetRef]
        if let hostname { json["hostname"] = .string(hostname) }
        if !node.isEmpty { json["nodeName"] = .string(node) }
        return json
    }
}

extension ServiceEndpoint {
    /// The endpoint a pod makes for a Service; nil when it has no address or is over.
    init?(_ pod: StoredObject, of target: ServiceTarget) {
        let value = pod.value
        let phase = value.text("status", "phase")
        let address = value.text("status", "podIP")
        guard !address.isEmpty, phase != "Succeeded", phase != "Failed" else { return nil }
        self.address = address
        node = value.text("spec", "nodeName")
        // A name of its own is given only to pods that ask to be part of this very service (DNS specification).
        let isNamed = value.text("spec", "subdomain") == target.name && !value.text("spec", "hostname").isEmpty
        hostname = isNamed ? value.text("spec", "hostname") : nil
        podName = pod.key.name
        podNamespace = pod.key.namespace
        podUID = pod.uid
        isTerminating = pod.isDeleting
        isServing = value.condition("Ready")?.text("status") == "True"
        isReady = target.publishesNotReady || (isServing && !isTerminating)
        ports = target.resolvedPorts(in: value)
    }
}
