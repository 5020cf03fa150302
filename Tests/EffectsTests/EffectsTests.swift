import Effects
import Testing

@Suite struct EffectsTests {
    @Test func identifiersHaveTheirForms() {
        let effects = Effects(time: ManualTime(), random: SeededRandom(seed: 7))
        let id = effects.hexID()
        #expect(id.count == 64)
        #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        let uuid = Array(effects.uuid())
        #expect(uuid.count == 36)
        #expect(uuid[14] == "4")
        #expect("89ab".contains(uuid[19]))
    }

    @Test func theSameSeedGivesTheSameIdentifiers() {
        let first = Effects(time: ManualTime(), random: SeededRandom(seed: 1))
        let second = Effects(time: ManualTime(), random: SeededRandom(seed: 1))
        #expect(first.hexID() == second.hexID())
        #expect(first.uuid() == second.uuid())
    }

    @Test func theKernelsRandomBytesDiffer() {
        #expect(SystemRandom().bytes(16) != SystemRandom().bytes(16))
        #expect(SystemRandom().bytes(0).isEmpty)
    }

    @Test func manualTimeWakesSleepersWhenTheirDeadlineComes() async throws {
        let time = ManualTime()
        let task = Task { try await time.sleep(for: .seconds(10)) }
        while time.sleeperCount == 0 { await Task.yield() }
        time.advance(by: .seconds(9))
        #expect(time.sleeperCount == 1)
        time.advance(by: .seconds(1))
        try await task.value
        #expect(time.sleeperCount == 0)
    }

    @Test func cancellationEndsASleep() async {
        let time = ManualTime()
        let task = Task { try await time.sleep(for: .seconds(10)) }
        while time.sleeperCount == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
