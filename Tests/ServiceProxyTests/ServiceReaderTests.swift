import Document
import NFTables
import Testing

@testable import ServiceProxy

@Suite struct ServiceReaderTests {
    private let reader = ServiceReader(nodeAddress: IPv4Address(10, 1, 0, 1))
    private let key = ServiceKey(namespace: "default", name: "web")

    private func slice(_ endpoints: JSONValue...) -> JSONValue {
        [
            "addressType": "IPv4", "endpoints": .array(endpoints),
            "ports": [["name": "http", "protocol": "TCP", "port": 8080]],
        ]
    }

    private func endpoint(_ address: String, ready: Bool = true, serving: Bool? = nil, terminating: Bool = false)
        -> JSONValue
    {
        [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(ready), "serving": .bool(serving ?? ready), "terminating": .bool(terminating),
            ],
        ]
    }

    private func service(_ spec: JSONValue, status: JSONValue = [:]) -> JSONValue {
        ["spec": spec, "status": status]
    }

    @Test func aBalancerAnswersOnAllItsAddresses() throws {
        let service = service(
            [
                "type": "LoadBalancer", "clusterIP": "10.2.0.9", "clusterIPs": ["10.2.0.9"],
                "ports": [["name": "http", "port": 80, "nodePort": 30080, "protocol": "TCP"]],
                "sessionAffinity": "ClientIP",
            ], status: ["loadBalancer": ["ingress": [["ip": "127.64.0.3"]]]])
        let traffic = try #require(
            reader.traffic(service: service, slices: [slice(endpoint("10.1.0.5"))], key: key))
        let port = try #require(traffic.ports.first)
        #expect(
            port.frontends == [
                Frontend(IPv4Address(10, 2, 0, 9), .tcp, 80), Frontend(IPv4Address(127, 64, 0, 3), .tcp, 80),
                Frontend(IPv4Address(10, 1, 0, 1), .tcp, 30080),
            ])
        #expect(port.loopbacks == [Frontend(.loopback, .tcp, 30080), Frontend(.loopback, .tcp, 80)])
        #expect(port.backends == [Backend(IPv4Address(10, 1, 0, 5), 8080)])
        #expect(port.isSticky)
    }

    @Test func headlessAndExternalServicesHaveNoTraffic() {
        #expect(reader.traffic(service: service(["clusterIP": "None"]), slices: [], key: key) == nil)
        let external = service(["type": "ExternalName", "externalName": "a.example"])
        #expect(reader.traffic(service: external, slices: [], key: key) == nil)
    }

    @Test func portsAreMatchedByNameAndProtocol() throws {
        let service = service([
            "clusterIP": "10.2.0.9",
            "ports": [
                ["name": "http", "port": 80, "protocol": "TCP"], ["name": "dns", "port": 53, "protocol": "UDP"],
            ],
        ])
        let traffic = try #require(
            reader.traffic(service: service, slices: [slice(endpoint("10.1.0.5"))], key: key))
        #expect(traffic.ports.map(\.backends.count) == [1, 0])
    }

    @Test func onlyReadyEndpointsGetTraffic() {
        let slices = [
            slice(
                endpoint("10.1.0.5"), endpoint("10.1.0.6", ready: false),
                endpoint("10.1.0.7", ready: false, serving: true, terminating: true))
        ]
        let backends = ServiceReader.backends(slices, portName: "http", transport: .tcp)
        #expect(backends == [Backend(IPv4Address(10, 1, 0, 5), 8080)])
    }

    @Test func whenNobodyIsReadyThoseThatEndButServeDo() {
        let slices = [
            slice(
                endpoint("10.1.0.6", ready: false),
                endpoint("10.1.0.7", ready: false, serving: true, terminating: true))
        ]
        let backends = ServiceReader.backends(slices, portName: "http", transport: .tcp)
        #expect(backends == [Backend(IPv4Address(10, 1, 0, 7), 8080)])
    }

    @Test func namesLeadWhereTheServiceSays() {
        let slices = [slice(endpoint("10.1.0.5"), endpoint("10.1.0.6", ready: false))]
        let port = ServiceName.Port(name: "http", transport: .tcp, number: 8080)
        #expect(
            ServiceNameReader.name(service: service(["clusterIP": "None"]), slices: slices)
                == .headless([
                    ServiceName.Endpoint(address: IPv4Address(10, 1, 0, 5), hostname: nil, ports: [port])
                ]))
        let unready = service(["clusterIP": "None", "publishNotReadyAddresses": true])
        guard case .headless(let all)? = ServiceNameReader.name(service: unready, slices: slices) else {
            Issue.record("not headless")
            return
        }
        #expect(all.count == 2)
        #expect(
            ServiceNameReader.name(service: service(["type": "ExternalName", "externalName": "x.y"]), slices: [])
                == .external("x.y"))
    }
}
