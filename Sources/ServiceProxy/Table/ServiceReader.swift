import Document
import NFTables

/// Reads Services and EndpointSlices into traffic. Pure.
struct ServiceReader: Sendable {
    /// The label by which a slice names its Service.
    static let serviceLabel = "kubernetes.io/service-name"

    /// The node's own address, where NodePorts answer besides loopback.
    let nodeAddress: IPv4Address

    /// The traffic of a Service, nil when it has none of its own: headless, or an alias of another name.
    func traffic(service: JSONValue, slices: [JSONValue], key: ServiceKey) -> ServiceTraffic? {
        guard let spec = service["spec"], spec["type"]?.stringValue != "ExternalName" else { return nil }
        let addresses = Self.clusterAddresses(spec)
        guard !addresses.isEmpty else { return nil }
        let isSticky = spec["sessionAffinity"]?.stringValue == "ClientIP"
        let external = Self.externalAddresses(service)
        let ports = (spec["ports"]?.arrayValue ?? []).compactMap { port -> PortTraffic? in
            guard let number = Self.port(port["port"]), let transport = Self.transport(port) else { return nil }
            var frontends = (addresses + external).map { Frontend($0, transport, number) }
            var loopback: Frontend?
            if spec["type"]?.stringValue == "NodePort" || spec["type"]?.stringValue == "LoadBalancer",
                let nodePort = Self.port(port["nodePort"])
            {
                frontends.append(Frontend(nodeAddress, transport, nodePort))
                loopback = Frontend(.loopback, transport, nodePort)
            }
            let name = port["name"]?.stringValue ?? ""
            return PortTraffic(
                name: name, frontends: frontends,
                loopbacks: [loopback, Self.isBalancer(spec) ? Frontend(.loopback, transport, number) : nil]
                    .compactMap(\.self),
                backends: Self.backends(slices, portName: name, transport: transport), isSticky: isSticky
            )
        }
        return ServiceTraffic(key: key, ports: ports)
    }

    private static func isBalancer(_ spec: JSONValue) -> Bool { spec["type"]?.stringValue == "LoadBalancer" }

    private static func clusterAddresses(_ spec: JSONValue) -> [IPv4Address] {
        let listed = (spec["clusterIPs"]?.arrayValue ?? []).compactMap(\.stringValue)
        let all = listed.isEmpty ? [spec["clusterIP"]?.stringValue].compactMap(\.self) : listed
        return all.compactMap { IPv4Address($0) }
    }

    private static func externalAddresses(_ service: JSONValue) -> [IPv4Address] {
        let assigned = (service["status", "loadBalancer", "ingress"]?.arrayValue ?? []).compactMap {
            $0["ip"]?.stringValue
        }
        let external = (service["spec", "externalIPs"]?.arrayValue ?? []).compactMap(\.stringValue)
        return (assigned + external).compactMap { IPv4Address($0) }
    }

    /// The endpoints that get traffic: the ready ones; when there are none, those that end but still serve (KEP-1669).
    static func backends(_ slices: [JSONValue], portName: String, transport: TransportProtocol) -> [Backend] {
        var ready: [Backend] = []
        var serving: [Backend] = []
        for slice in slices where slice["addressType"]?.stringValue ?? "IPv4" == "IPv4" {
            let ports = (slice["ports"]?.arrayValue ?? []).filter {
                ($0["name"]?.stringValue ?? "") == portName && Self.transport($0) == transport
            }.compactMap { Self.port($0["port"]) }
            for endpoint in slice["endpoints"]?.arrayValue ?? [] {
                let addresses = (endpoint["addresses"]?.arrayValue ?? []).compactMap(\.stringValue)
                guard let address = addresses.first.flatMap({ IPv4Address($0) }) else { continue }
                let backends = ports.map { Backend(address, $0) }
                let conditions = endpoint["conditions"]
                if conditions?["ready"]?.boolValue ?? true {
                    ready += backends
                } else if conditions?["serving"]?.boolValue == true, conditions?["terminating"]?.boolValue == true {
                    serving += backends
                }
            }
        }
        return ready.isEmpty ? serving : ready
    }

    static func port(_ value: JSONValue?) -> UInt16? {
        guard let number = value?.intValue, (1...65_535).contains(number) else { return nil }
        return UInt16(number)
    }

    static func transport(_ port: JSONValue) -> TransportProtocol? {
        switch port["protocol"]?.stringValue ?? "TCP" {
        case "TCP": .tcp
        case "UDP": .udp
        case "SCTP": .sctp
        default: nil
        }
    }
}
