import Document
import Effects
import Testing

@testable import Controllers

@Suite struct RolloutPlanTests {
    private func set(
        _ name: String, replicas: Int, available: Int? = nil, actual: Int? = nil, current: Bool = false, age: Int64 = 0,
        desired: Int? = nil, maximum: Int? = nil, revision: Int = 0
    ) -> ReplicaSetFacts {
        var set = ReplicaSetFacts(name: name, uid: "uid-\(name)")
        set.replicas = replicas
        set.actual = actual ?? replicas
        set.ready = available ?? replicas
        set.available = available ?? replicas
        set.isCurrent = current
        set.createdAt = Timestamp(seconds: 1000 - age)
        set.desired = desired
        set.maximum = maximum
        set.revision = revision
        return set
    }

    private func rolling(_ replicas: Int, surge: Int, unavailable: Int) -> DeploymentSpec {
        var spec = DeploymentSpec(name: "web", replicas: replicas)
        spec.strategy = .rollingUpdate(maxSurge: surge, maxUnavailable: unavailable)
        return spec
    }

    @Test func aNewDeploymentMakesItsSet() {
        #expect(RolloutPlan(rolling(3, surge: 1, unavailable: 0), sets: []).steps == [.create(replicas: 3)])
    }

    @Test func aNewTemplateBeginsWithTheSurge() {
        let plan = RolloutPlan(rolling(3, surge: 1, unavailable: 0), sets: [set("old", replicas: 3, age: 10)])
        #expect(plan.steps == [.create(replicas: 1)])
    }

    @Test func nothingOldGoesBeforeSomethingNewIsAvailable() {
        let sets = [set("old", replicas: 3, age: 10), set("new", replicas: 1, available: 0, current: true)]
        #expect(RolloutPlan(rolling(3, surge: 1, unavailable: 0), sets: sets).steps.isEmpty)
    }

    @Test func oneOldGoesForOneNewThatIsAvailable() {
        let sets = [set("old", replicas: 3, age: 10), set("new", replicas: 1, current: true)]
        #expect(
            RolloutPlan(rolling(3, surge: 1, unavailable: 0), sets: sets).steps == [.resize(name: "old", replicas: 2)])
    }

    @Test func freedRoomGoesToTheNewSet() {
        let sets = [set("old", replicas: 2, age: 10), set("new", replicas: 1, current: true)]
        #expect(
            RolloutPlan(rolling(3, surge: 1, unavailable: 0), sets: sets).steps == [.resize(name: "new", replicas: 2)])
    }

    @Test func unavailableOldPodsGoFirst() {
        let sets = [
            set("older", replicas: 2, available: 2, age: 20), set("broken", replicas: 2, available: 0, age: 10),
            set("new", replicas: 1, available: 0, current: true),
        ]
        let steps = RolloutPlan(rolling(4, surge: 1, unavailable: 1), sets: sets).steps
        #expect(steps == [.resize(name: "broken", replicas: 1)])
    }

    @Test func maxUnavailableLetsOldPodsGoAtOnce() {
        let sets = [set("old", replicas: 4, age: 10), set("new", replicas: 0, current: true)]
        let steps = RolloutPlan(rolling(4, surge: 0, unavailable: 2), sets: sets).steps
        #expect(steps == [.resize(name: "old", replicas: 2)])
    }

    @Test func aRolloutEndsWithTheDesiredSizeAndNeverLeavesTheBounds() {
        let spec = rolling(10, surge: 3, unavailable: 2)
        var old = set("old", replicas: 10, age: 10)
        var new = set("new", replicas: 0, current: true)
        for _ in 0..<50 {
            let steps = RolloutPlan(spec, sets: [old, new]).steps
            if steps.isEmpty && new.available == new.replicas { break }
            for step in steps {
                guard case .resize(let name, let replicas) = step else { continue }
                if name == "old" { old = set("old", replicas: replicas, age: 10) }
                if name == "new" { new.replicas = replicas }
            }
            #expect(old.replicas + new.replicas <= spec.ceiling)
            #expect(old.available + new.available >= spec.floor)
            if new.available < new.replicas { new.available += 1 }
        }
        #expect(new.replicas == 10)
        #expect(old.replicas == 0)
    }

    @Test func recreateWaitsUntilOldPodsAreGone() {
        var spec = DeploymentSpec(name: "web", replicas: 2)
        spec.strategy = .recreate
        let old = set("old", replicas: 2, age: 10)
        #expect(RolloutPlan(spec, sets: [old], oldPodsExist: true).steps == [.resize(name: "old", replicas: 0)])
        let drained = set("old", replicas: 0, age: 10)
        #expect(RolloutPlan(spec, sets: [drained], oldPodsExist: true).steps.isEmpty)
        #expect(RolloutPlan(spec, sets: [drained], oldPodsExist: false).steps == [.create(replicas: 2)])
    }

    @Test func scalingASingleSetGivesItTheNewSize() {
        let sets = [set("new", replicas: 3, current: true, desired: 3, maximum: 4)]
        #expect(
            RolloutPlan(rolling(5, surge: 2, unavailable: 1), sets: sets).steps == [.resize(name: "new", replicas: 5)])
    }

    @Test func scalingDuringARolloutIsProportional() {
        let sets = [
            set("old", replicas: 8, age: 10, desired: 10, maximum: 13),
            set("new", replicas: 5, available: 0, current: true, desired: 10, maximum: 13),
        ]
        let steps = RolloutPlan(rolling(15, surge: 3, unavailable: 2), sets: sets).steps
        #expect(Set(steps) == [.resize(name: "old", replicas: 11), .resize(name: "new", replicas: 7)])
    }

    @Test func aSetThatKeepsItsSizeIsStillBooked() {
        let sets = [set("new", replicas: 5, current: true, desired: 3)]
        #expect(
            RolloutPlan(rolling(5, surge: 1, unavailable: 0), sets: sets).steps == [.resize(name: "new", replicas: 5)])
    }

    @Test func aPausedDeploymentScalesButDoesNotRoll() {
        var spec = rolling(5, surge: 1, unavailable: 0)
        spec.isPaused = true
        let sets = [set("old", replicas: 3, age: 10, desired: 3)]
        #expect(RolloutPlan(spec, sets: sets).steps == [.resize(name: "old", replicas: 5)])
    }

    @Test func historyKeepsTheNewestRevisions() {
        var spec = rolling(1, surge: 1, unavailable: 0)
        spec.historyLimit = 1
        let sets = [
            set("r1", replicas: 0, age: 30, revision: 1), set("r3", replicas: 0, age: 10, revision: 3),
            set("r2", replicas: 0, age: 20, revision: 2),
            set("new", replicas: 1, current: true, desired: 1, revision: 4),
        ]
        #expect(RolloutPlan(spec, sets: sets).steps == [.remove(name: "r1"), .remove(name: "r2")])
    }

    @Test(arguments: [
        (3, "25%", "25%", 4, 3), (10, "25%", "25%", 13, 8), (1, "0", "0", 1, 0), (4, "100%", "0", 8, 4),
    ])
    func percentagesRoundForProgressWithoutLoss(
        _ replicas: Int, _ surge: String, _ unavailable: String, _ ceiling: Int, _ floor: Int
    ) {
        var surgeCount = DeploymentSpec.resolve(.string(surge), of: replicas, roundingUp: true)
        if let number = Int(surge) { surgeCount = number }
        var unavailableCount = DeploymentSpec.resolve(.string(unavailable), of: replicas, roundingUp: false)
        if let number = Int(unavailable) { unavailableCount = number }
        if surgeCount == 0, unavailableCount == 0 { unavailableCount = 1 }
        let spec = rolling(replicas, surge: surgeCount, unavailable: unavailableCount)
        #expect(spec.ceiling == ceiling)
        #expect(spec.floor == floor)
    }
}
