import Cluster
import Effects
import Testing

@testable import Controllers

@Suite struct ReplicaSetPlanTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    private func pod(_ name: String, owner: String? = "rs", ready: Bool = true) -> PodFacts {
        var pod = PodFacts(key: ObjectKey(.pods, namespace: "default", name: name), uid: "uid-\(name)")
        pod.labels = ["app": "web"]
        pod.controllerUID = owner
        pod.phase = "Running"
        pod.node = "n1"
        pod.isReady = ready
        pod.readySince = ready ? now - .seconds(60) : nil
        pod.createdAt = now - .seconds(120)
        return pod
    }

    private func subject(_ replicas: Int, minReady: Duration = .zero) -> ReplicaSetPlan.Subject {
        ReplicaSetPlan.Subject(
            uid: "rs", replicas: replicas, selector: LabelSelector(labels: ["app": "web"]),
            templateLabels: ["app": "web"], minReady: minReady)
    }

    @Test func missingPodsAreCreated() {
        let plan = ReplicaSetPlan(subject(3), pods: [pod("a")], now: now)
        #expect(plan.creates == 2)
        #expect(plan.deletes.isEmpty)
    }

    @Test func podsThatAreOverOrGoingDoNotCount() {
        var done = pod("done")
        done.phase = "Failed"
        var going = pod("going")
        going.isDeleting = true
        let plan = ReplicaSetPlan(subject(2), pods: [done, going], now: now)
        #expect(plan.creates == 2)
        #expect(plan.counts.replicas == 0)
        #expect(plan.counts.terminating == 1)
    }

    @Test func orphansAreAdoptedAndStrangersReleased() {
        var stranger = pod("stranger")
        stranger.labels = ["app": "other"]
        let plan = ReplicaSetPlan(subject(1), pods: [pod("orphan", owner: nil), stranger], now: now)
        #expect(plan.adopts.map(\.uid) == ["uid-orphan"])
        #expect(plan.releases.map(\.uid) == ["uid-stranger"])
        #expect(plan.creates == 0)
    }

    @Test func podsOfOtherOwnersAreLeftAlone() {
        let plan = ReplicaSetPlan(subject(1), pods: [pod("foreign", owner: "other")], now: now)
        #expect(plan.adopts.isEmpty)
        #expect(plan.creates == 1)
    }

    @Test func aSetInDeletionDoesNothing() {
        var going = subject(3)
        going.isDeleting = true
        let plan = ReplicaSetPlan(going, pods: [pod("orphan", owner: nil)], now: now)
        #expect(plan.creates == 0)
        #expect(plan.adopts.isEmpty)
    }

    @Test func availabilityWaitsForMinReady() {
        let plan = ReplicaSetPlan(subject(1, minReady: .seconds(90)), pods: [pod("a")], now: now)
        #expect(plan.counts.ready == 1)
        #expect(plan.counts.available == 0)
        #expect(plan.nextAvailable == now + .seconds(30))
        let later = ReplicaSetPlan(subject(1, minReady: .seconds(90)), pods: [pod("a")], now: now + .seconds(30))
        #expect(later.counts.available == 1)
    }

    @Test func batchesGrow() {
        #expect(ReplicaSetPlan.batches(of: 0).isEmpty)
        #expect(ReplicaSetPlan.batches(of: 1) == [1])
        #expect(ReplicaSetPlan.batches(of: 10) == [1, 2, 4, 3])
        #expect(ReplicaSetPlan.batches(of: 50).reduce(0, +) == 50)
    }

    // MARK: - Order of deletion

    private func victim(_ pods: [PodFacts]) -> String? {
        DeletionOrder.victims(1, of: pods, related: pods).first?.key.name
    }

    @Test func unscheduledPodsGoFirst() {
        var waiting = pod("waiting", ready: false)
        waiting.node = ""
        waiting.phase = "Pending"
        #expect(victim([pod("b"), waiting]) == "waiting")
    }

    @Test func pendingGoesBeforeUnknownBeforeRunning() {
        var pending = pod("pending", ready: false)
        pending.phase = "Pending"
        var unknown = pod("unknown", ready: false)
        unknown.phase = "Unknown"
        #expect(victim([pod("running", ready: false), unknown, pending]) == "pending")
        #expect(victim([pod("running", ready: false), unknown]) == "unknown")
    }

    @Test func unreadyGoesBeforeReady() {
        #expect(victim([pod("ready"), pod("unready", ready: false)]) == "unready")
    }

    @Test func theDeletionCostDecidesAmongReadyPods() {
        var cheap = pod("cheap")
        cheap.deletionCost = -5
        #expect(victim([pod("a"), cheap]) == "cheap")
    }

    @Test func podsThatDoubleUpGoFirst() {
        var alone = pod("alone")
        alone.node = "n2"
        #expect(victim([alone, pod("x"), pod("y")]) != "alone")
    }

    @Test func theNewestReadyGoesFirst() {
        var fresh = pod("fresh")
        fresh.readySince = now
        #expect(victim([pod("old"), fresh]) == "fresh")
    }

    @Test func moreRestartsThenYoungerGoesFirst() {
        var shaky = pod("shaky")
        shaky.restarts = 3
        #expect(victim([pod("calm"), shaky]) == "shaky")
        var young = pod("young")
        young.createdAt = now
        #expect(victim([pod("calm"), young]) == "young")
    }
}
