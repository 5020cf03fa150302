import NFTables
import Testing

@testable import Networking

@Suite struct ResolverConfigurationTests {
    @Test func readsServersSearchAndOptions() {
        let configuration = ResolverConfiguration(
            parsing: """
                # comment
                ; another
                domain old.example
                search a.example b.example
                nameserver 127.0.0.53
                nameserver fe80::1%eth0
                nameserver 9.9.9.9
                nameserver 1.1.1.1
                nameserver 8.8.8.8
                options edns0 trust-ad
                """)
        #expect(
            configuration.servers == [
                IPv4Address(127, 0, 0, 53), IPv4Address(9, 9, 9, 9), IPv4Address(1, 1, 1, 1),
            ])
        #expect(configuration.search == ["a.example", "b.example"])
        #expect(configuration.options == ["edns0", "trust-ad"])
    }

    @Test func writesTheFileOfAContainer() {
        let configuration = ResolverConfiguration(
            servers: [IPv4Address(10, 0, 0, 1)], search: ["svc.cluster.local"], options: ["ndots:5"])
        #expect(
            configuration.rendered == "nameserver 10.0.0.1\nsearch svc.cluster.local\noptions ndots:5\n")
        #expect(ResolverConfiguration(parsing: configuration.rendered) == configuration)
    }

    @Test func survivesNonsense() {
        #expect(ResolverConfiguration(parsing: "nameserver\n\noptions\nsearch\nfoo bar\n").servers.isEmpty)
    }
}
