import Testing

@testable import Scheduler

@Suite struct SchedulingSnapshotTests {
    private func node(_ name: String) -> NodeState {
        NodeState(name: name, allocatable: ResourceAmounts(milliCPU: 1000, memoryBytes: 1 << 30))
    }

    private func pod(_ uid: String) -> PodRequirements {
        var pod = PodRequirements(uid: uid, namespace: "default", name: uid)
        pod.requests = ResourceAmounts(milliCPU: 100, extended: ["example.com/gpu": 1])
        pod.hostPorts = [HostPort(port: 80)]
        pod.ownerUID = "owner"
        return pod
    }

    @Test func placingTwiceCountsOnce() {
        var snapshot = SchedulingSnapshot()
        snapshot.upsert(node("n1"))
        snapshot.place(pod("a"), onNode: "n1")
        snapshot.place(pod("a"), onNode: "n1")
        #expect(snapshot.node(named: "n1")?.requested.milliCPU == 100)
    }

    @Test func removingGivesEverythingBack() {
        var snapshot = SchedulingSnapshot()
        snapshot.upsert(node("n1"))
        snapshot.place(pod("a"), onNode: "n1")
        let answer1 = snapshot.remove(podUID: "a")
        #expect(answer1)
        let answer2 = snapshot.remove(podUID: "a")
        #expect(!answer2)
        let left = snapshot.node(named: "n1")
        #expect(left?.requested == ResourceAmounts())
        #expect(left?.hostPorts.isEmpty == true)
        #expect(left?.podsByOwner.isEmpty == true)
    }

    @Test func podsOfANodeNotYetKnownCountOnceItComes() {
        var snapshot = SchedulingSnapshot()
        snapshot.place(pod("a"), onNode: "n1")
        snapshot.upsert(node("n1"))
        #expect(snapshot.node(named: "n1")?.requested.milliCPU == 100)
    }

    @Test func podsSurviveTheirNodesComingAndGoing() {
        var snapshot = SchedulingSnapshot()
        snapshot.upsert(node("n1"))
        snapshot.upsert(node("n2"))
        snapshot.place(pod("a"), onNode: "n1")
        snapshot.removeNode(named: "n1")
        #expect(snapshot.nodes.map(\.name) == ["n2"])
        snapshot.upsert(node("n1"))
        #expect(snapshot.node(named: "n1")?.pods.count == 1)
    }

    @Test func anUnchangedNodeWakesNobody() {
        var snapshot = SchedulingSnapshot()
        let answer3 = snapshot.upsert(node("n1"))
        #expect(answer3)
        let answer4 = snapshot.upsert(node("n1"))
        #expect(!answer4)
        var bigger = node("n1")
        bigger.allocatable.milliCPU = 2000
        let answer5 = snapshot.upsert(bigger)
        #expect(answer5)
    }
}
