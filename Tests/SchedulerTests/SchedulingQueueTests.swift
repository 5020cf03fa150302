import Testing

@testable import Scheduler

@Suite struct SchedulingQueueTests {
    private func pod(_ name: String, priority: Int64 = 0, created: Int64 = 0) -> PodRequirements {
        var pod = PodRequirements(uid: name, namespace: "default", name: name)
        pod.priority = priority
        pod.createdNanoseconds = created
        return pod
    }

    @Test func higherPriorityGoesFirstThenAge() {
        var queue = SchedulingQueue()
        queue.offer(pod("young", created: 2))
        queue.offer(pod("urgent", priority: 10, created: 3))
        queue.offer(pod("old", created: 1))
        let order = [queue.next()?.name, queue.next()?.name, queue.next()?.name]
        #expect(order == ["urgent", "old", "young"])
        let next5 = queue.next()
        #expect(next5 == nil)
    }

    @Test func aWaitingPodIsTriedAgainOnlyWhenSomethingChanges() {
        var queue = SchedulingQueue()
        queue.offer(pod("a"))
        let first = queue.next()
        #expect(first != nil)
        let answer1 = queue.wait(pod("a"), message: "no room")
        #expect(answer1)
        queue.offer(pod("a"))
        let next6 = queue.next()
        #expect(next6 == nil)
        queue.wakeAll()
        let next7 = queue.next()
        #expect(next7?.name == "a")
    }

    @Test func theSameMessageIsNewsOnlyOnce() {
        var queue = SchedulingQueue()
        let answer2 = queue.wait(pod("a"), message: "no room")
        #expect(answer2)
        queue.wakeAll()
        let next8 = queue.next()
        #expect(next8 != nil)
        let answer3 = queue.wait(pod("a"), message: "no room")
        #expect(!answer3)
        queue.wakeAll()
        let next9 = queue.next()
        #expect(next9 != nil)
        let answer4 = queue.wait(pod("a"), message: "no nodes")
        #expect(answer4)
    }

    @Test func aPodThatAsksForSomethingElseIsTriedAtOnce() {
        var queue = SchedulingQueue()
        _ = queue.wait(pod("a"), message: "no room")
        var modest = pod("a")
        modest.requests.milliCPU = 1
        queue.offer(modest)
        let next10 = queue.next()
        #expect(next10 == modest)
    }

    @Test func aRemovedPodIsForgotten() {
        var queue = SchedulingQueue()
        queue.offer(pod("a"))
        _ = queue.wait(pod("b"), message: "no room")
        queue.remove(uid: "a")
        queue.remove(uid: "b")
        queue.wakeAll()
        let next11 = queue.next()
        #expect(next11 == nil)
        #expect(queue.count == 0)
    }
}
