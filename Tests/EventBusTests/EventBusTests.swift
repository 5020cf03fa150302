import Effects
import EventBus
import Testing

@Suite struct EventBusTests {
    private let effects = Effects(time: ManualTime(), random: SeededRandom(seed: 1))

    private func started(_ container: String) -> EventPayload {
        .container(.started(container: container, pid: 1))
    }

    @Test func subscribersReadWhatTheyAskedForInOrder() async {
        let bus = EventBus(effects: effects)
        let subscription = bus.subscribe(name: "test", families: [.container])
        bus.publish(started("a"), subject: .container("a"), module: .runtime)
        bus.publish(.image(.removed(digest: "d")), subject: .image("d"), module: .images)
        let second = bus.publish(started("b"), subject: .container("b"), module: .runtime)
        var iterator = subscription.makeAsyncIterator()
        guard case .event(let one) = await iterator.next(), case .event(let two) = await iterator.next() else {
            Issue.record("expected two events")
            return
        }
        #expect(one.subject == .container("a"))
        #expect(two.id == second)
        #expect(two.payload.kind == "container.started")
    }

    @Test func causesAreKept() async {
        let bus = EventBus(effects: effects)
        let first = bus.publish(started("a"), subject: .container("a"), module: .runtime, cause: .request("r1"))
        let second = bus.publish(started("b"), subject: .container("b"), module: .runtime, cause: .event(first))
        #expect(bus.event(first)?.cause == .request("r1"))
        #expect(bus.event(second)?.cause == .event(first))
    }

    @Test func aSlowSubscriberIsToldWhatItMissed() async {
        let bus = EventBus(effects: effects, capacity: 8)
        let subscription = bus.subscribe(name: "slow")
        for number in 0..<20 { bus.publish(started("\(number)"), subject: .container("\(number)"), module: .runtime) }
        var iterator = subscription.makeAsyncIterator()
        #expect(await iterator.next() == .overrun(missed: 12))
        guard case .event(let event) = await iterator.next() else {
            Issue.record("expected an event after the overrun")
            return
        }
        #expect(event.id == EventID(rawValue: 13))
    }

    @Test func aWaitingSubscriberIsWoken() async {
        let bus = EventBus(effects: effects)
        let subscription = bus.subscribe(name: "waiter", families: [.image])
        let task = Task {
            var iterator = subscription.makeAsyncIterator()
            return await iterator.next()
        }
        await Task.yield()
        bus.publish(started("a"), subject: .container("a"), module: .runtime)
        let id = bus.publish(.image(.removed(digest: "d")), subject: .image("d"), module: .images)
        guard case .event(let event) = await task.value else {
            Issue.record("expected an event")
            return
        }
        #expect(event.id == id)
    }

    @Test func cancellationEndsTheSequence() async {
        let bus = EventBus(effects: effects)
        let subscription = bus.subscribe(name: "cancelled")
        let task = Task {
            var iterator = subscription.makeAsyncIterator()
            return await iterator.next()
        }
        await Task.yield()
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test func subjectsReadTheirOwnText() {
        let pod = Subject.object("pods", namespace: "default", name: "web")
        #expect(pod.description == "pods/default/web")
        #expect(Subject(pod.description) == pod)
        #expect(Subject("nothing") == nil)
        #expect(Subject("/x") == nil)
    }
}
