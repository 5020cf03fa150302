import NFTables
import Testing

@testable import Networking

@Suite struct NameRecordsTests {
    private let zone = DNSName(trusted: "cluster.local")
    private let http = ServiceNames.Port(name: "http", transport: .tcp, number: 8080)

    private func records(_ services: ServiceNames...) throws -> NameRecords {
        var records = NameRecords(zone: zone, clusterRanges: [try #require(IPv4Prefix("10.1.0.0/16"))])
        for service in services { records.replace(owner: service.owner, entries: service.entries(zone: zone)) }
        return records
    }

    private func ask(
        _ records: NameRecords, _ name: String, _ type: DNSType = .a, client: IPv4Address? = nil
    ) throws -> LocalAnswer {
        records.answer(DNSQuestion(name: try #require(DNSName(name)), type: type), client: client)
    }

    private func answers(_ answer: LocalAnswer) -> [DNSRecord] {
        guard case .records(let records, _) = answer else { return [] }
        return records.map(\.record)
    }

    private var web: ServiceNames {
        ServiceNames(
            namespace: "default", name: "web", kind: .clusterAddress(IPv4Address(10, 2, 0, 5), ports: [http]))
    }

    @Test func aServiceHasAddressPortAndReverseName() throws {
        let records = try records(web)
        #expect(answers(try ask(records, "web.default.svc.cluster.local")) == [.address(IPv4Address(10, 2, 0, 5))])
        #expect(
            answers(try ask(records, "_http._tcp.web.default.svc.cluster.local", .srv))
                == [.service(weight: 100, port: 8080, target: DNSName(trusted: "web.default.svc.cluster.local"))])
        #expect(
            answers(try ask(records, "5.0.2.10.in-addr.arpa", .ptr))
                == [.pointer(DNSName(trusted: "web.default.svc.cluster.local"))])
    }

    @Test func missingNamesAndMissingTypesAreToldApart() throws {
        let records = try records(web)
        #expect(try ask(records, "web.default.svc.cluster.local", .aaaa) == .noData(zone: zone))
        #expect(try ask(records, "default.svc.cluster.local") == .noData(zone: zone))
        #expect(try ask(records, "svc.cluster.local") == .noData(zone: zone))
        #expect(try ask(records, "nope.default.svc.cluster.local") == .nameError(zone: zone))
        // What the search path makes of an outside name must be denied, or clients never get to the name itself.
        #expect(try ask(records, "example.com.default.svc.cluster.local") == .nameError(zone: zone))
        #expect(try ask(records, "example.com") == .unknown)
        #expect(try ask(records, "notcluster.local") == .unknown)
    }

    @Test func aHeadlessServiceGivesItsPods() throws {
        let endpoints = [
            ServiceNames.Endpoint(address: IPv4Address(10, 1, 0, 7), hostname: "db-0", ports: [http]),
            ServiceNames.Endpoint(address: IPv4Address(10, 1, 0, 8), hostname: nil, ports: [http]),
        ]
        let records = try records(ServiceNames(namespace: "shop", name: "db", kind: .headless(endpoints)))
        #expect(
            Set(answers(try ask(records, "db.shop.svc.cluster.local")))
                == [.address(IPv4Address(10, 1, 0, 7)), .address(IPv4Address(10, 1, 0, 8))])
        #expect(answers(try ask(records, "db-0.db.shop.svc.cluster.local")) == [.address(IPv4Address(10, 1, 0, 7))])
        #expect(
            answers(try ask(records, "10-1-0-8.db.shop.svc.cluster.local")) == [.address(IPv4Address(10, 1, 0, 8))])
        #expect(answers(try ask(records, "_http._tcp.db.shop.svc.cluster.local", .srv)).count == 2)
        #expect(
            answers(try ask(records, "7.0.1.10.in-addr.arpa", .ptr))
                == [.pointer(DNSName(trusted: "db-0.db.shop.svc.cluster.local"))])
    }

    @Test func anExternalNameIsAnAlias() throws {
        let target = DNSName(trusted: "api.example.com")
        let records = try records(ServiceNames(namespace: "default", name: "api", kind: .external(target)))
        #expect(try ask(records, "api.default.svc.cluster.local") == .alias(target: target))
        #expect(answers(try ask(records, "api.default.svc.cluster.local", .cname)) == [.alias(target)])
    }

    @Test func podNamesAreComputedInsideTheRangesOnly() throws {
        let records = try records()
        #expect(answers(try ask(records, "10-1-9-9.any.pod.cluster.local")) == [.address(IPv4Address(10, 1, 9, 9))])
        #expect(try ask(records, "9-9-9-9.any.pod.cluster.local") == .nameError(zone: zone))
        #expect(try ask(records, "10-1-9-9.pod.cluster.local") == .nameError(zone: zone))
    }

    @Test func removingAnOwnerRemovesItsNamesAndWhatLiesAbove() throws {
        var records = try records(web)
        records.replace(owner: web.owner, entries: [])
        #expect(try ask(records, "web.default.svc.cluster.local") == .nameError(zone: zone))
        #expect(try ask(records, "default.svc.cluster.local") == .nameError(zone: zone))
        #expect(try ask(records, "svc.cluster.local") == .noData(zone: zone))
        #expect(try ask(records, "5.0.2.10.in-addr.arpa", .ptr) == .unknown)
    }

    @Test func containersSeeTheNamesOfTheirOwnNetworkOnly() throws {
        var records = try records()
        let prefix = try #require(IPv4Prefix("172.20.0.0/24"))
        records.addNetwork("n1", prefix: prefix)
        let names = ["db", "postgres"].map(DNSName.init(trusted:))
        records.setEndpoint(network: "n1", owner: "c1", names: names, address: IPv4Address(172, 20, 0, 2))
        let inside = IPv4Address(172, 20, 0, 3)
        #expect(answers(try ask(records, "db", client: inside)) == [.address(IPv4Address(172, 20, 0, 2))])
        #expect(answers(try ask(records, "Postgres", client: inside)) == [.address(IPv4Address(172, 20, 0, 2))])
        #expect(try ask(records, "db", .aaaa, client: inside) == .noData(zone: DNSName(trusted: "db")))
        #expect(try ask(records, "db", client: IPv4Address(10, 1, 0, 3)) == .unknown)
        #expect(
            answers(try ask(records, "2.0.20.172.in-addr.arpa", .ptr, client: inside))
                == [.pointer(DNSName(trusted: "db"))])
        records.removeEndpoint(network: "n1", owner: "c1")
        #expect(try ask(records, "db", client: inside) == .unknown)
    }
}
