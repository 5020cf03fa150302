import Cluster
import Document
import Testing

@testable import Node

@Suite struct PodFilesTests {
    private func pod(_ spec: JSONValue = [:]) -> PodSpec {
        PodSpec(uid: "u", namespace: "shop", name: "web-1", value: ["spec": spec])
    }

    @Test func hostsNamesThePod() {
        let text = HostsFile.text(for: pod(), addresses: ["10.88.1.2"], clusterDomain: "cluster.local")
        #expect(text.hasPrefix("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"))
        #expect(text.hasSuffix("10.88.1.2\tweb-1\n"))
    }

    @Test func hostsGivesTheFullNameWithASubdomainAndTheAliases() {
        let spec: JSONValue = [
            "hostname": "db", "subdomain": "data",
            "hostAliases": [["ip": "1.2.3.4", "hostnames": ["a", "b"]]],
        ]
        let text = HostsFile.text(for: pod(spec), addresses: ["10.88.1.2"], clusterDomain: "cluster.local")
        #expect(text.contains("10.88.1.2\tdb.data.shop.svc.cluster.local\tdb\n"))
        #expect(text.hasSuffix("\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"))
    }

    private let host = ResolverFile(parsing: "nameserver 9.9.9.9\nsearch home.example\noptions timeout:1\n")

    private func resolver(_ spec: JSONValue) -> String {
        let spec = pod(spec)
        return ResolverFile(for: spec, host: host, clusterServer: "10.88.0.1", clusterDomain: "cluster.local").text
    }

    @Test func clusterFirstAsksTheCluster() {
        #expect(
            resolver(["dnsPolicy": "ClusterFirst"]) == """
                search shop.svc.cluster.local svc.cluster.local cluster.local home.example
                nameserver 10.88.0.1
                options ndots:5

                """)
    }

    @Test func defaultAndHostNetworkUseTheHosts() {
        let expected = "search home.example\nnameserver 9.9.9.9\noptions timeout:1\n"
        #expect(resolver(["dnsPolicy": "Default"]) == expected)
        #expect(resolver(["dnsPolicy": "ClusterFirst", "hostNetwork": true]) == expected)
        #expect(resolver(["dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": true]).contains("10.88.0.1"))
    }

    @Test func noneTakesOnlyTheConfig() {
        let spec: JSONValue = [
            "dnsPolicy": "None",
            "dnsConfig": [
                "nameservers": ["1.1.1.1"], "options": [["name": "ndots", "value": "2"], ["name": "edns0"]],
            ],
        ]
        #expect(resolver(spec) == "nameserver 1.1.1.1\noptions ndots:2 edns0\n")
    }

    @Test func theConfigOverridesOptionsAndIsMerged() {
        let spec: JSONValue = [
            "dnsPolicy": "ClusterFirst",
            "dnsConfig": ["searches": ["x.example"], "options": [["name": "ndots", "value": "1"]]],
        ]
        let text = resolver(spec)
        #expect(text.contains("home.example x.example\n"))
        #expect(text.hasSuffix("options ndots:1\n"))
    }

    @Test func processorListsAreCounted() {
        #expect(HostFacts.processorCount("0-3,8") == 5)
        #expect(HostFacts.processorCount("0") == 1)
        #expect(HostFacts.processorCount("") == 1)
        #expect(HostFacts.osImage("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n") == "Debian GNU/Linux 12")
    }

    @Test(
        arguments: [
            ([:] as JSONValue, QOSClass.bestEffort),
            (["requests": ["cpu": "1"]], .burstable),
            (["requests": ["cpu": "1", "memory": "1Gi"], "limits": ["cpu": "1000m", "memory": "1Gi"]], .guaranteed),
            (["limits": ["cpu": "1", "memory": "1Gi"]], .guaranteed),
            (["limits": ["cpu": "1"]], .burstable),
            (["requests": ["cpu": "0"]], .bestEffort),
        ] as [(JSONValue, QOSClass)])
    func requestsAndLimitsMakeTheClass(_ resources: JSONValue, _ expected: QOSClass) {
        #expect(QOSClass(spec: ["containers": [["name": "c", "resources": resources]]]) == expected)
    }
}
