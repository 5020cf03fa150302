import Document
import Testing

@testable import Cluster

@Suite struct AllocationTests {
    private func spec(_ object: StoredObject, _ field: String) -> JSONValue? { object.value["spec"]?[field] }

    @Test func servicesGetAddressesInTheCommitThatCreatesThem() async throws {
        let fixture = try await ClusterFixture()
        let plain = try await fixture.create(.services, ClusterFixture.service("plain"))
        let address = try #require(spec(plain, "clusterIP")?.stringValue.flatMap(IPv4.number))
        #expect(fixture.store.configuration.serviceRange.contains(address))
        #expect(spec(plain, "clusterIPs") == [try #require(spec(plain, "clusterIP"))])
        #expect(spec(plain, "ports")?[0]?["nodePort"] == nil && spec(plain, "internalTrafficPolicy") == "Cluster")
        let balanced = try await fixture.create(.services, ClusterFixture.service("lb", type: "LoadBalancer"))
        let external = try #require(balanced.value["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"]?.stringValue)
        #expect(external.hasPrefix("127.64.0."))
        let port = try #require(spec(balanced, "ports")?[0]?["nodePort"]?.intValue)
        #expect(fixture.store.configuration.nodePorts.contains(Int(port)))
    }

    @Test func addressesAreUniqueUntilTheRangeIsFull() async throws {
        let fixture = try await ClusterFixture()
        var ports: Set<Int64> = []
        for number in 0..<10 {
            let service = try await fixture.create(.services, ClusterFixture.service("s\(number)", type: "NodePort"))
            ports.insert(try #require(spec(service, "ports")?[0]?["nodePort"]?.intValue))
        }
        #expect(ports.count == 10)
        let full = await clusterError {
            try await fixture.create(.services, ClusterFixture.service("one-more", type: "NodePort"))
        }
        #expect(full?.code == .internalError)
        _ = try await fixture.store.delete(fixture.key(.services, "s3"), context: fixture.context)
        try await fixture.create(.services, ClusterFixture.service("one-more", type: "NodePort"))
    }

    @Test func wishesAreGrantedOrRefused() async throws {
        let fixture = try await ClusterFixture()
        var service = ClusterFixture.service("a", type: "NodePort")
        service["spec", "clusterIP"] = "10.96.0.50"
        service["spec", "ports"] = [["port": 80, "nodePort": 30005]]
        let granted = try await fixture.create(.services, service)
        #expect(spec(granted, "clusterIP") == "10.96.0.50" && spec(granted, "ports")?[0]?["nodePort"] == 30005)
        service["metadata", "name"] = "b"
        let taken = service
        #expect(await clusterError { try await fixture.create(.services, taken) }?.code == .invalid)
        for (address, port) in [("10.97.0.1", 30006), ("10.96.0.51", 80), ("x", 30006)] as [(JSONValue, JSONValue)] {
            service["spec", "clusterIP"] = address
            service["spec", "ports"] = [["port": 80, "nodePort": port]]
            let refused = service
            #expect(await clusterError { try await fixture.create(.services, refused) }?.code == .invalid)
        }
    }

    @Test func changingTheTypeGivesBackAndTakes() async throws {
        let fixture = try await ClusterFixture()
        let key = fixture.key(.services, "a")
        let created = try await fixture.create(.services, ClusterFixture.service("a"))
        func change(_ type: JSONValue) async throws -> StoredObject {
            try await fixture.store.patch(key, patch: .merge(["spec": ["type": type]]), context: fixture.context).object
        }
        let balanced = try await change("LoadBalancer")
        #expect(spec(balanced, "clusterIP") == spec(created, "clusterIP"))
        #expect(balanced.value["status"]?["loadBalancer"]?["ingress"] != nil)
        #expect(spec(balanced, "externalTrafficPolicy") == "Cluster")
        let plain = try await change("ClusterIP")
        #expect(plain.value["status"]?["loadBalancer"]?["ingress"] == nil)
        #expect(spec(plain, "ports")?[0]?["nodePort"] == nil && spec(plain, "externalTrafficPolicy") == nil)
        #expect(spec(plain, "clusterIP") == spec(created, "clusterIP"))
        // A client that sends the object without its addresses keeps them.
        var bare = ClusterFixture.service("a")
        bare["spec", "sessionAffinity"] = "ClientIP"
        let update = bare
        let kept = try await fixture.store.update(key, body: update, context: fixture.context).object
        #expect(spec(kept, "clusterIP") == spec(created, "clusterIP"))
        #expect(spec(kept, "sessionAffinityConfig") == ["clientIP": ["timeoutSeconds": 10800]])
    }

    @Test func headlessAndExternalServicesHaveNoAddress() async throws {
        let fixture = try await ClusterFixture()
        var service = ClusterFixture.service("headless")
        service["spec", "clusterIP"] = "None"
        #expect(spec(try await fixture.create(.services, service), "clusterIP") == "None")
        let external = try await fixture.create(
            .services,
            ["metadata": ["name": "external"], "spec": ["type": "ExternalName", "externalName": "example.com"]])
        #expect(spec(external, "clusterIP") == nil)
        let kubernetes = try await fixture.create(.services, ClusterFixture.service("kubernetes"))
        #expect(spec(kubernetes, "clusterIP") == "10.96.0.1")
    }
}
