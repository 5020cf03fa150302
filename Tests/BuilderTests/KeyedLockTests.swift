import Effects
import Testing

@testable import Builder

@Suite struct KeyedLockTests {
    @Test("never more than the limit hold a name") func limit() async throws {
        let lock = KeyedLock(limit: 2)
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await lock.withLock("a") {
                        load.enter()
                        try await Effects.live.time.sleep(for: .milliseconds(2))
                        load.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(load.most == 2)
    }

    @Test("a cancelled waiter leaves and the lock goes on") func cancellation() async throws {
        let lock = KeyedLock()
        let (release, gate) = AsyncStream<Void>.makeStream()
        let holder = Task { try await lock.withLock("a") { for await _ in release {} } }
        try await Effects.live.time.sleep(for: .milliseconds(20))
        let waiter = Task { try await lock.withLock("a") {} }
        let last = Task { try await lock.withLock("a") { true } }
        try await Effects.live.time.sleep(for: .milliseconds(20))
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        gate.finish()
        try await holder.value
        #expect(try await last.value)
    }
}
