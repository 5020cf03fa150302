import Cluster
import Testing

@testable import Scheduler

@Suite struct SchedulingPolicyTests {
    private func node(
        _ name: String, milliCPU: Int64 = 4000, memory: Int64 = 8 << 30, pods: Int = 110,
        labels: [String: String] = [:], taints: [Taint] = [], cordoned: Bool = false,
        extended: [String: Int64] = [:]
    ) -> NodeState {
        NodeState(
            name: name, labels: labels, taints: taints, isUnschedulable: cordoned,
            allocatable: ResourceAmounts(milliCPU: milliCPU, memoryBytes: memory, extended: extended), podLimit: pods)
    }

    private func pod(_ name: String, milliCPU: Int64 = 0, memory: Int64 = 0) -> PodRequirements {
        var pod = PodRequirements(uid: "uid-\(name)", namespace: "default", name: name)
        pod.requests = ResourceAmounts(milliCPU: milliCPU, memoryBytes: memory)
        return pod
    }

    private func snapshot(_ nodes: NodeState...) -> SchedulingSnapshot {
        var snapshot = SchedulingSnapshot()
        for node in nodes { snapshot.upsert(node) }
        return snapshot
    }

    private func decide(_ pod: PodRequirements, _ snapshot: SchedulingSnapshot) -> SchedulingDecision {
        var policy = SchedulingPolicy(seed: 1)
        return policy.decide(pod, in: snapshot)
    }

    private func message(_ decision: SchedulingDecision) -> String? {
        if case .unschedulable(let verdict) = decision { return verdict.message }
        return nil
    }

    @Test func aPodGoesToTheOnlyNode() {
        #expect(decide(pod("a"), snapshot(node("n1"))) == .bind(node: "n1"))
    }

    @Test func withoutNodesTheMessageSaysSo() {
        #expect(message(decide(pod("a"), SchedulingSnapshot())) == "no nodes available to schedule pods")
    }

    @Test func tooLittleOfAResourceIsNamedAsByKubernetes() {
        let verdict = decide(pod("a", milliCPU: 5000), snapshot(node("n1")))
        #expect(message(verdict) == "0/1 nodes are available: 1 Insufficient cpu.")
    }

    @Test func everyShortResourceIsCounted() {
        var greedy = pod("a", milliCPU: 5000, memory: 16 << 30)
        greedy.requests.extended["example.com/gpu"] = 1
        let verdict = decide(greedy, snapshot(node("n1"), node("n2", milliCPU: 8000)))
        #expect(
            message(verdict)
                == "0/2 nodes are available: 1 Insufficient cpu, 2 Insufficient example.com/gpu, 2 Insufficient memory."
        )
    }

    @Test func placedPodsTakeRoom() {
        var full = snapshot(node("n1", milliCPU: 1000))
        full.place(pod("a", milliCPU: 600), onNode: "n1")
        #expect(message(decide(pod("b", milliCPU: 500), full)) == "0/1 nodes are available: 1 Insufficient cpu.")
        full.remove(podUID: "uid-a")
        #expect(decide(pod("b", milliCPU: 500), full) == .bind(node: "n1"))
    }

    @Test func aPodThatAsksNothingFitsAnOverdrawnNode() {
        var full = snapshot(node("n1", milliCPU: 100))
        full.place(pod("a", milliCPU: 500), onNode: "n1")
        #expect(decide(pod("b"), full) == .bind(node: "n1"))
    }

    @Test func thePodLimitHolds() {
        var full = snapshot(node("n1", pods: 1))
        full.place(pod("a"), onNode: "n1")
        #expect(message(decide(pod("b"), full)) == "0/1 nodes are available: 1 Too many pods.")
    }

    @Test func theNodeSelectorMustMatch() {
        var picky = pod("a")
        picky.nodeSelector = ["disk": "ssd"]
        let nodes = snapshot(node("n1"), node("n2", labels: ["disk": "ssd"]))
        #expect(decide(picky, nodes) == .bind(node: "n2"))
        picky.nodeSelector = ["disk": "tape"]
        #expect(
            message(decide(picky, nodes))
                == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")
    }

    @Test(arguments: [
        (NodeRequirement.Comparison.within, ["7"], true), (.within, ["8"], false), (.notWithin, ["8"], true),
        (.notWithin, ["7"], false), (.exists, [], true), (.doesNotExist, [], false), (.greaterThan, ["6"], true),
        (.greaterThan, ["7"], false), (.lessThan, ["8"], true), (.lessThan, ["x"], false),
    ])
    func nodeAffinityComparesLabels(_ comparison: NodeRequirement.Comparison, _ values: [String], _ fits: Bool) {
        var picky = pod("a")
        let requirement = NodeRequirement(key: "size", comparison: comparison, values: values)
        picky.requiredNodeTerms = [NodeSelectorTerm(labels: [requirement])]
        let decision = decide(picky, snapshot(node("n1", labels: ["size": "7"])))
        #expect((decision == .bind(node: "n1")) == fits)
    }

    @Test func anEmptyNodeTermMatchesNoNode() {
        var picky = pod("a")
        picky.requiredNodeTerms = [NodeSelectorTerm()]
        #expect(message(decide(picky, snapshot(node("n1")))) != nil)
    }

    @Test func nodeAffinityFindsANodeByName() {
        var picky = pod("a")
        let byName = NodeRequirement(key: "metadata.name", comparison: .within, values: ["n2"])
        picky.requiredNodeTerms = [NodeSelectorTerm(fields: [byName])]
        #expect(decide(picky, snapshot(node("n1"), node("n2"))) == .bind(node: "n2"))
    }

    @Test func aTaintKeepsPodsAwayUnlessTolerated() {
        let taint = Taint(key: "dedicated", value: "db", effect: .noSchedule)
        let tainted = snapshot(node("n1", taints: [taint]))
        #expect(
            message(decide(pod("a"), tainted))
                == "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}.")
        var tolerant = pod("b")
        tolerant.tolerations = [Toleration(key: "dedicated", value: "db", effect: .noSchedule)]
        #expect(decide(tolerant, tainted) == .bind(node: "n1"))
    }

    @Test func aSoftTaintOnlyCostsPoints() {
        let taint = Taint(key: "slow", effect: .preferNoSchedule)
        #expect(decide(pod("a"), snapshot(node("n1", taints: [taint]), node("n2"))) == .bind(node: "n2"))
        #expect(decide(pod("a"), snapshot(node("n1", taints: [taint]))) == .bind(node: "n1"))
    }

    @Test func aCordonedNodeTakesNothingNew() {
        let cordoned = snapshot(node("n1", cordoned: true))
        #expect(message(decide(pod("a"), cordoned)) == "0/1 nodes are available: 1 node(s) were unschedulable.")
        var daemon = pod("b")
        daemon.tolerations = [Toleration(key: "node.kubernetes.io/unschedulable", comparison: .exists)]
        #expect(decide(daemon, cordoned) == .bind(node: "n1"))
    }

    @Test(arguments: [
        (HostPort(port: 80), HostPort(port: 80), true),
        (HostPort(port: 80), HostPort(transport: "UDP", port: 80), false),
        (HostPort(address: "10.0.0.1", port: 80), HostPort(address: "10.0.0.2", port: 80), false),
        (HostPort(address: "10.0.0.1", port: 80), HostPort(address: "0.0.0.0", port: 80), true),
        (HostPort(port: 80), HostPort(port: 81), false),
    ])
    func hostPortsConflictByAddressProtocolAndNumber(_ held: HostPort, _ wanted: HostPort, _ conflicts: Bool) {
        var holder = pod("a")
        holder.hostPorts = [held]
        var nodes = snapshot(node("n1"))
        nodes.place(holder, onNode: "n1")
        var newcomer = pod("b")
        newcomer.hostPorts = [wanted]
        #expect((message(decide(newcomer, nodes)) != nil) == conflicts)
    }

    @Test func replicasOfOneOwnerSpread() {
        var nodes = snapshot(node("n1"), node("n2"), node("n3"))
        var homes: Set<String> = []
        for index in 0..<3 {
            var replica = pod("r\(index)")
            replica.ownerUID = "rs"
            guard case .bind(let home) = decide(replica, nodes) else { continue }
            nodes.place(replica, onNode: home)
            homes.insert(home)
        }
        #expect(homes == ["n1", "n2", "n3"])
    }

    @Test func theEmptierNodeIsPreferred() {
        var nodes = snapshot(node("n1"), node("n2"))
        nodes.place(pod("a", milliCPU: 3000, memory: 6 << 30), onNode: "n1")
        #expect(decide(pod("b", milliCPU: 100), nodes) == .bind(node: "n2"))
    }

    @Test func preferredNodesWinOverOtherwiseEqualOnes() {
        var picky = pod("a")
        let ssd = NodeRequirement(key: "disk", comparison: .within, values: ["ssd"])
        picky.preferredNodeTerms = [Weighted(weight: 50, wish: NodeSelectorTerm(labels: [ssd]))]
        #expect(decide(picky, snapshot(node("n1"), node("n2", labels: ["disk": "ssd"]))) == .bind(node: "n2"))
    }

    @Test func theSameSeedBreaksTiesTheSameWay() {
        let nodes = snapshot(node("n1"), node("n2"), node("n3"))
        var first = SchedulingPolicy(seed: 42)
        var second = SchedulingPolicy(seed: 42)
        for index in 0..<20 {
            let decisions = [first.decide(pod("p\(index)"), in: nodes), second.decide(pod("p\(index)"), in: nodes)]
            #expect(decisions[0] == decisions[1])
        }
    }

    @Test func pods10000SpreadOver100NodesWithinTheirRoom() {
        var nodes = SchedulingSnapshot()
        for index in 0..<100 { nodes.upsert(node("n\(index)", milliCPU: 10_000, pods: 100)) }
        var policy = SchedulingPolicy(seed: 3)
        for index in 0..<10_000 {
            let next = pod("p\(index)", milliCPU: 100)
            guard case .bind(let home) = policy.decide(next, in: nodes) else {
                Issue.record("pod \(index) found no node although there is room")
                return
            }
            nodes.place(next, onNode: home)
        }
        #expect(nodes.nodes.allSatisfy { $0.pods.count == 100 && $0.requested.milliCPU == 10_000 })
        let late = policy.decide(pod("late", milliCPU: 1), in: nodes)
        #expect(message(late) != nil)
    }
}
