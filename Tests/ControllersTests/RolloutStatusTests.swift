import Document
import Effects
import Testing

@testable import Controllers

@Suite struct RolloutStatusTests {
    private let now = Timestamp(seconds: 1_700_000_000)
    private let spec = DeploymentSpec(name: "web", replicas: 3)

    private func set(replicas: Int, available: Int) -> ReplicaSetFacts {
        var set = ReplicaSetFacts(name: "web-1", uid: "u")
        set.replicas = replicas
        set.actual = replicas
        set.ready = available
        set.available = available
        set.isCurrent = true
        return set
    }

    private func status(
        _ facts: ReplicaSetFacts, last: RolloutStatus? = nil, note: (reason: String, message: String)? = nil,
        at moment: Timestamp? = nil
    ) -> RolloutStatus {
        var object: JSONValue = ["spec": ["replicas": 3]]
        last?.apply(to: &object, generation: 1, collisions: 0)
        return RolloutStatus(
            spec, sets: [facts], current: facts, last: object["status"] ?? .null, note: note, now: moment ?? now)
    }

    private func condition(_ status: RolloutStatus, _ type: String) -> RolloutStatus.Condition? {
        status.conditions.first { $0.type == type }
    }

    @Test func aFreshRolloutIsProgressingAndNotAvailable() {
        let fresh = status(set(replicas: 3, available: 0), note: ("NewReplicaSetCreated", "Created"))
        #expect(condition(fresh, "Available")?.status == "False")
        #expect(condition(fresh, "Progressing")?.status == "True")
    }

    @Test func aFinishedRolloutSaysThatItsSetIsAvailable() {
        let first = status(set(replicas: 3, available: 1), note: ("NewReplicaSetCreated", "Created"))
        let done = status(set(replicas: 3, available: 3), last: first)
        #expect(condition(done, "Progressing")?.reason == "NewReplicaSetAvailable")
        #expect(condition(done, "Available")?.reason == "MinimumReplicasAvailable")
        #expect(done.deadline(spec) == nil)
    }

    @Test func withoutProgressTheDeadlinePasses() {
        let first = status(set(replicas: 3, available: 1), note: ("NewReplicaSetCreated", "Created"))
        #expect(first.deadline(spec) == now + .seconds(600))
        let early = status(set(replicas: 3, available: 1), last: first, at: now + .seconds(599))
        #expect(condition(early, "Progressing")?.status == "True")
        let late = status(set(replicas: 3, available: 1), last: early, at: now + .seconds(600))
        #expect(condition(late, "Progressing")?.reason == "ProgressDeadlineExceeded")
        #expect(condition(late, "Progressing")?.status == "False")
    }

    @Test func progressMovesTheDeadline() {
        let first = status(set(replicas: 3, available: 0), note: ("NewReplicaSetCreated", "Created"))
        let later = status(set(replicas: 3, available: 1), last: first, at: now + .seconds(300))
        #expect(later.deadline(spec) == now + .seconds(900))
    }

    @Test func anUnchangedStatusKeepsItsTimes() {
        let first = status(set(replicas: 3, available: 3), note: ("NewReplicaSetCreated", "Created"))
        let second = status(set(replicas: 3, available: 3), last: first, at: now + .seconds(100))
        #expect(second == first)
    }

    @Test func missingPodsAreUnavailable() {
        var object: JSONValue = ["spec": ["replicas": 3]]
        var facts = set(replicas: 3, available: 1)
        facts.actual = 2
        status(facts).apply(to: &object, generation: 1, collisions: 0)
        #expect(object["status", "unavailableReplicas"] == 2)
        #expect(object["status", "replicas"] == 2)
    }
}
