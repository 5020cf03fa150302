import Testing

@testable import Runtime

@Suite struct NetworkFilesTests {
    @Test func hostsNamesTheContainerAndItsExtraHosts() throws {
        let text = try NetworkFiles.hosts(
            hostname: "web", domainname: "lan", addresses: ["10.0.0.2"],
            extraHosts: ["db:10.0.0.9", "six:[fd00::1]", "host:host-gateway"], hostGateway: "10.0.0.1"
        )
        #expect(text.hasPrefix("127.0.0.1\tlocalhost\n"))
        #expect(text.contains("10.0.0.9\tdb\n"))
        #expect(text.contains("fd00::1\tsix\n"))
        #expect(text.contains("10.0.0.1\thost\n"))
        #expect(text.hasSuffix("10.0.0.2\tweb.lan web\n"))
    }

    @Test(arguments: ["nocolon", ":1.2.3.4", "a:not-an-address", "a:host-gateway"])
    func wrongExtraHostsAreRefused(entry: String) {
        #expect(throws: RuntimeError.self) {
            try NetworkFiles.hosts(hostname: "a", domainname: "", addresses: [], extraHosts: [entry], hostGateway: nil)
        }
    }

    @Test func nameServersComeFromTheRequestThenTheNetworkThenTheHost() {
        let host = "nameserver 127.0.0.53\nnameserver 9.9.9.9\nsearch lan\noptions ndots:1\n"
        var wish = HostRequest()
        func resolver(_ attachment: NetworkAttachment?, shares: Bool = false) -> NetworkFiles.Resolver {
            NetworkFiles.resolver(host: wish, attachment: attachment, hostText: host, sharesHostNetwork: shares)
        }
        #expect(resolver(nil).nameServers == ["9.9.9.9"])
        #expect(resolver(nil, shares: true).nameServers == ["127.0.0.53", "9.9.9.9"])
        let network = NetworkAttachment(
            network: "n", networkID: "1", ipv4Address: "10.0.0.2", prefixLength: 16, gateway: "10.0.0.1",
            nameServers: ["10.0.0.1"])
        #expect(resolver(network).nameServers == ["10.0.0.1"])
        wish.dns = ["1.1.1.1"]
        wish.dnsSearch = ["."]
        #expect(resolver(network).text == "nameserver 1.1.1.1\noptions ndots:1\n")
    }
}
