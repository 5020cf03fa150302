import Cluster
import EventBus
import Testing

@testable import Controllers

@Suite struct ReconcileQueueTests {
    private func key(_ name: String) -> ObjectKey { ObjectKey(.pods, namespace: "default", name: name) }

    @Test func equalKeysCoalesceAndKeepTheLastCause() {
        var queue = ReconcileQueue()
        queue.add(key("a"), cause: .request("1"))
        queue.add(key("b"), cause: nil)
        queue.add(key("a"), cause: .request("2"))
        let first = queue.next()
        #expect(first?.key == key("a"))
        #expect(first?.cause == .request("2"))
        let next1 = queue.next()
        #expect(next1?.key == key("b"))
        let next2 = queue.next()
        #expect(next2 == nil)
    }

    @Test func aKeyInWorkComesAgainAfterItsTurn() {
        var queue = ReconcileQueue()
        queue.add(key("a"), cause: nil)
        let next3 = queue.next()
        #expect(next3 != nil)
        queue.add(key("a"), cause: nil)
        let next4 = queue.next()
        #expect(next4 == nil)
        queue.succeed(key("a"), again: nil)
        let next5 = queue.next()
        #expect(next5?.key == key("a"))
    }

    @Test func failuresPauseLongerEachTimeUpToALimit() {
        var queue = ReconcileQueue()
        var now = Duration.zero
        var pauses: [Duration] = []
        queue.add(key("a"), cause: nil)
        for _ in 0..<20 {
            let next6 = queue.next()
            #expect(next6 != nil)
            queue.fail(key("a"), at: now)
            guard let due = queue.nextDeadline else { break }
            pauses.append(due - now)
            now = due
            queue.wake(at: now)
        }
        #expect(pauses.first == .milliseconds(5))
        #expect(pauses[1] == .milliseconds(10))
        #expect(pauses.last == .seconds(60))
    }

    @Test func successForgetsFailures() {
        var queue = ReconcileQueue()
        queue.add(key("a"), cause: nil)
        _ = queue.next()
        queue.fail(key("a"), at: .zero)
        queue.wake(at: .seconds(1))
        _ = queue.next()
        queue.succeed(key("a"), again: nil)
        queue.add(key("a"), cause: nil)
        _ = queue.next()
        queue.fail(key("a"), at: .zero)
        #expect(queue.nextDeadline == .milliseconds(5))
    }

    @Test func aChangeOvertakesAPause() {
        var queue = ReconcileQueue()
        queue.add(key("a"), at: .seconds(100))
        queue.add(key("a"), cause: nil)
        let next7 = queue.next()
        #expect(next7?.key == key("a"))
        queue.succeed(key("a"), again: nil)
        #expect(queue.nextDeadline == nil)
    }
}
