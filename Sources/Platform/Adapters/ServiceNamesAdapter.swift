import Networking
import ServiceProxy

/// Feeds the names of Services, as the service proxy reads them, to the DNS server's table.
struct ServiceNamesAdapter: ServiceNameSink {
    let table: NameTable

    func replace(_ service: ServiceKey, with name: ServiceName?) {
        let owner = "\(service.namespace)/\(service.name)"
        guard let kind = name.flatMap(Self.kind) else {
            table.replace(owner: owner, entries: [])
            return
        }
        let names = ServiceNames(namespace: service.namespace, name: service.name, kind: kind)
        table.replace(owner: names.owner, entries: names.entries(zone: table.zone))
    }

    var services: Set<ServiceKey> {
        Set(
            table.owners.compactMap { owner in
                let parts = owner.split(separator: "/", maxSplits: 1).map(String.init)
                return parts.count == 2 ? ServiceKey(namespace: parts[0], name: parts[1]) : nil
            }
        )
    }

    private static func kind(_ name: ServiceName) -> ServiceNames.Kind? {
        switch name {
        case .clusterAddress(let address, let ports): .clusterAddress(address, ports: ports.map(port))
        case .headless(let endpoints):
            .headless(
                endpoints.map {
                    ServiceNames.Endpoint(address: $0.address, hostname: $0.hostname, ports: $0.ports.map(port))
                }
            )
        // A name that is no domain name has no records; the API refuses it before it comes here.
        case .external(let target): DNSName(target).map { .external($0) }
        }
    }

    private static func port(_ port: ServiceName.Port) -> ServiceNames.Port {
        ServiceNames.Port(name: port.name, transport: port.transport, number: port.number)
    }
}
