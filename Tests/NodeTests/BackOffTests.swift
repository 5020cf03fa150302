import Testing

@testable import Node

@Suite struct BackOffTests {
    @Test func theFirstRestartIsFreeThenPausesDoubleUpToFiveMinutes() {
        var backOff = BackOff(BackOff.restarts)
        let pauses = (0..<8).map { _ in backOff.pause().components.seconds }
        #expect(pauses == [0, 10, 20, 40, 80, 160, 300, 300])
    }

    @Test func pullsPauseFromTheFirstFailureOn() {
        var backOff = BackOff(BackOff.pulls)
        #expect([backOff.pause(), backOff.pause()] == [.seconds(10), .seconds(20)])
    }

    @Test func aLongRunForgetsEarlierCrashes() {
        var backOff = BackOff(BackOff.restarts)
        for _ in 0..<5 { _ = backOff.pause() }
        #expect(backOff.pause(afterAttemptOf: .seconds(600)) == .zero)
        #expect(backOff.pause(afterAttemptOf: .seconds(599)) == .seconds(10))
    }

    @Test func manyFailuresDoNotOverflow() {
        var backOff = BackOff(BackOff.restarts)
        for _ in 0..<1000 { _ = backOff.pause() }
        #expect(backOff.lastPause == .seconds(300))
        #expect(backOff.pauseText == "5m0s")
    }
}
