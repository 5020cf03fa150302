import Testing

@testable import Runtime

@Suite struct RestartPolicyTests {
    private func delays(_ policy: RestartPolicy, runs: Int, ran: Duration = .seconds(1), code: Int = 1) -> [Duration?] {
        var previous: Duration = .zero
        return (0..<runs).map { count in
            let delay = policy.delay(exitCode: code, restartCount: count, ran: ran, previousDelay: previous)
            previous = delay ?? .zero
            return delay
        }
    }

    @Test func delayDoublesFromATenthOfASecondToAMinute() {
        #expect(delays(.always, runs: 5) == [100, 200, 400, 800, 1600].map { .milliseconds($0) })
        #expect(delays(.always, runs: 20).last == .seconds(60))
    }

    @Test func aRunOfTenSecondsResetsTheDelay() {
        let delay = RestartPolicy.always.delay(
            exitCode: 1, restartCount: 9, ran: .seconds(10), previousDelay: .seconds(60))
        #expect(delay == .milliseconds(100))
    }

    @Test func onFailureStopsAfterSuccessAndAfterItsCount() {
        let policy = RestartPolicy.onFailure(maximumRetryCount: 2)
        #expect(policy.delay(exitCode: 0, restartCount: 0, ran: .zero, previousDelay: .zero) == nil)
        #expect(delays(policy, runs: 3).map { $0 != nil } == [true, true, false])
        #expect(delays(.onFailure(maximumRetryCount: 0), runs: 50).allSatisfy { $0 != nil })
    }

    @Test func noNeverRestarts() {
        #expect(delays(.no, runs: 1) == [nil])
    }

    @Test func onlyUnlessStoppedRemembersAStopOverTheStartOfThePlatform() {
        #expect(RestartPolicy.always.startsWithPlatform(stoppedByHand: true))
        #expect(!RestartPolicy.unlessStopped.startsWithPlatform(stoppedByHand: true))
        #expect(RestartPolicy.unlessStopped.startsWithPlatform(stoppedByHand: false))
        #expect(!RestartPolicy.onFailure(maximumRetryCount: 0).startsWithPlatform(stoppedByHand: false))
    }

    @Test func textIsReadAndWrongTextIsRefused() throws {
        #expect(try RestartPolicy(parsing: "on-failure:5") == .onFailure(maximumRetryCount: 5))
        #expect(try RestartPolicy(parsing: "unless-stopped") == .unlessStopped)
        for text in ["sometimes", "always:3", "on-failure:x", "on-failure:-1"] {
            #expect(throws: RuntimeError.self, "\(text)") { try RestartPolicy(parsing: text) }
        }
    }
}
