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
        #expect([queue.next()?.name, queue.next()?.name, queue.next()?.name] == ["urgent", "old", "young"])
        #expect(queue.next() == nil)
    }

    @Test func aWaitingPodIsTriedAgainOnlyWhenSomethingChanges() {
        var queue = SchedulingQueue()
        queue.offer(pod("a"))
        let first = queue.next()
        #expect(first != nil)
        #expect(queue.wait(pod("a"), message: "no room"))
        queue.offer(pod("a"))
        #expect(queue.next() == nil)
        queue.wakeAll()
        #expect(queue.next()?.name == "a")
    }

    @Test func theSameMessageIsNewsOnlyOnce() {
        var queue = SchedulingQueue()
        #expect(queue.wait(pod("a"), message: "no room"))
        queue.wakeAll()
        #expect(queue.next() != nil)
        #expect(!queue.wait(pod("a"), message: "no room"))
        queue.wakeAll()
        #expect(queue.next() != nil)
        #expect(queue.wait(pod("a"), message: "no nodes"))
    }

    @Test func aPodThatAsksForSomethingElseIsTriedAtOnce() {
        var queue = SchedulingQueue()
        _ = queue.wait(pod("a"), message: "no room")
        var modest = pod("a")
        modest.requests.milliCPU = 1
        queue.offer(modest)
        #expect(queue.next() == modest)
    }

    @Test func aRemovedPodIsForgotten() {
        var queue = SchedulingQueue()
        queue.offer(pod("a"))
        _ = queue.wait(pod("b"), message: "no room")
        queue.remove(uid: "a")
        queue.remove(uid: "b")
        queue.wakeAll()
        #expect(queue.next() == nil)
        #expect(queue.count == 0)
    }
}
