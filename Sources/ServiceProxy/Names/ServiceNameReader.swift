import Document
import NFTables

/// Reads what DNS has to say about a Service. Pure.
enum ServiceNameReader {
    /// What the Service's name leads to; nil when it leads nowhere.
    static func name(service: JSONValue, slices: [JSONValue]) -> ServiceName? {
        guard let spec = service["spec"] else { return nil }
        if spec["type"]?.stringValue == "ExternalName" {
            return spec["externalName"]?.stringValue.map(ServiceName.external)
        }
        if let address = spec["clusterIP"]?.stringValue.flatMap({ IPv4Address($0) }) {
            return .clusterAddress(address, ports: ports(spec["ports"]))
        }
        guard spec["clusterIP"]?.stringValue == "None" else { return nil }
        let unready = spec["publishNotReadyAddresses"]?.boolValue == true
        return .headless(slices.flatMap { endpoints($0, withUnready: unready) })
    }

    private static func endpoints(_ slice: JSONValue, withUnready: Bool) -> [ServiceName.Endpoint] {
        let ports = ports(slice["ports"])
        return (slice["endpoints"]?.arrayValue ?? []).compactMap { endpoint in
            guard withUnready || endpoint["conditions", "ready"]?.boolValue ?? true,
                let first = endpoint["addresses"]?.arrayValue?.first?.stringValue, let address = IPv4Address(first)
            else { return nil }
            return ServiceName.Endpoint(
                address: address, hostname: endpoint["hostname"]?.stringValue, ports: ports)
        }
    }

    private static func ports(_ list: JSONValue?) -> [ServiceName.Port] {
        (list?.arrayValue ?? []).compactMap { port in
            guard let number = ServiceReader.port(port["port"]), let transport = ServiceReader.transport(port) else {
                return nil
            }
            return ServiceName.Port(name: port["name"]?.stringValue ?? "", transport: transport, number: number)
        }
    }
}
