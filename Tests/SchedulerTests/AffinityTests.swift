import Cluster
import Testing

@testable import Scheduler

@Suite struct AffinityTests {
    private static let hostname = "kubernetes.io/hostname"

    private func snapshot() -> SchedulingSnapshot {
        var snapshot = SchedulingSnapshot()
        for (name, zone) in [("n1", "a"), ("n2", "a"), ("n3", "b")] {
            snapshot.upsert(
                NodeState(
                    name: name, labels: [Self.hostname: name, "zone": zone],
                    allocatable: ResourceAmounts(milliCPU: 8000, memoryBytes: 8 << 30)))
        }
        return snapshot
    }

    private func pod(_ name: String, app: String) -> PodRequirements {
        var pod = PodRequirements(uid: name, namespace: "default", name: name)
        pod.labels = ["app": app]
        return pod
    }

    private func term(_ app: String, _ key: String) -> PodAffinityTerm {
        PodAffinityTerm(selector: LabelSelector(labels: ["app": app]), namespaces: ["default"], topologyKey: key)
    }

    private func homes(_ pod: PodRequirements, _ snapshot: SchedulingSnapshot) -> Set<String> {
        let filter = NodeFilter(pod: pod, topology: TopologyView(for: pod, in: snapshot))
        return Set(snapshot.nodes.filter { filter.refusals(of: $0).isEmpty }.map(\.name))
    }

    @Test func requiredAffinityFollowsTheDomain() {
        var nodes = snapshot()
        nodes.place(pod("db", app: "db"), onNode: "n1")
        var web = pod("web", app: "web")
        web.requiredAffinity = [term("db", "zone")]
        #expect(homes(web, nodes) == ["n1", "n2"])
    }

    @Test func affinityToNobodyRefusesEveryNode() {
        var web = pod("web", app: "web")
        web.requiredAffinity = [term("db", "zone")]
        #expect(homes(web, snapshot()).isEmpty)
    }

    @Test func theFirstOfAGroupMayGoAnywhere() {
        var web = pod("web", app: "web")
        web.requiredAffinity = [term("web", Self.hostname)]
        #expect(homes(web, snapshot()) == ["n1", "n2", "n3"])
    }

    @Test func requiredAntiAffinityAvoidsTheDomain() {
        var nodes = snapshot()
        nodes.place(pod("w1", app: "web"), onNode: "n1")
        var web = pod("w2", app: "web")
        web.requiredAntiAffinity = [term("web", Self.hostname)]
        #expect(homes(web, nodes) == ["n2", "n3"])
    }

    @Test func placedPodsKeepOthersAway() {
        var nodes = snapshot()
        var hermit = pod("hermit", app: "hermit")
        hermit.requiredAntiAffinity = [term("web", "zone")]
        nodes.place(hermit, onNode: "n1")
        #expect(homes(pod("web", app: "web"), nodes) == ["n3"])
        nodes.remove(podUID: "hermit")
        #expect(homes(pod("web", app: "web"), nodes) == ["n1", "n2", "n3"])
    }

    @Test func otherNamespacesDoNotCount() {
        var nodes = snapshot()
        var foreign = pod("w1", app: "web")
        foreign.namespace = "other"
        nodes.place(foreign, onNode: "n1")
        var web = pod("w2", app: "web")
        web.requiredAntiAffinity = [term("web", Self.hostname)]
        #expect(homes(web, nodes) == ["n1", "n2", "n3"])
    }

    @Test func preferredAntiAffinityChoosesTheOtherNode() {
        var nodes = snapshot()
        nodes.place(pod("w1", app: "web"), onNode: "n1")
        nodes.place(pod("w2", app: "web"), onNode: "n2")
        var web = pod("w3", app: "web")
        web.preferredAntiAffinity = [Weighted(weight: 100, wish: term("web", Self.hostname))]
        var policy = SchedulingPolicy(seed: 0)
        let decision = policy.decide(web, in: nodes)
        #expect(decision == .bind(node: "n3"))
    }

    @Test func aSpreadConstraintBoundsTheSkew() {
        var nodes = snapshot()
        nodes.place(pod("w1", app: "web"), onNode: "n1")
        var web = pod("w2", app: "web")
        web.spreadConstraints = [
            SpreadConstraint(
                topologyKey: "zone", maxSkew: 1, isRequired: true, selector: LabelSelector(labels: ["app": "web"]))
        ]
        #expect(homes(web, nodes) == ["n3"])
        web.spreadConstraints[0].topologyKey = "rack"
        #expect(homes(web, nodes).isEmpty)
    }
}
