import Effects
import Testing

@testable import Runtime

@Suite struct ContainerStateMachineTests {
    private let start = Timestamp(seconds: 1000)

    private func running(_ policy: RestartPolicy = .no, autoRemove: Bool = false) throws -> ContainerStateMachine {
        var machine = ContainerStateMachine(policy: policy, autoRemove: autoRemove)
        try machine.beginStart(byHand: true)
        machine.started(pid: 42, at: start)
        return machine
    }

    /// Compares the result of a transition; the macro cannot call what changes its receiver.
    private func expect<Value: Equatable>(
        _ value: Value,
        _ wanted: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == wanted, sourceLocation: sourceLocation)
    }

    private func exit(_ code: Int, after: Duration = .seconds(1)) -> ContainerExit {
        ContainerExit(code: code, at: start + after)
    }

    @Test func aRunEndsInExitedWithItsCode() throws {
        var machine = try running()
        expect(machine.exited(exit(3)), [.releaseRun])
        #expect(machine.state.phase == .exited)
        #expect(machine.state.exitCode == 3)
        #expect(machine.state.pid == 0)
        #expect(machine.state.finishedAt == start + .seconds(1))
    }

    @Test func aLateExitReportChangesNothing() throws {
        var machine = try running()
        _ = machine.exited(exit(3))
        expect(machine.exited(exit(9)), [])
        #expect(machine.state.exitCode == 3)
    }

    @Test func startOfARunningContainerIsUnchangedAndOfAPausedOneAConflict() throws {
        var machine = try running()
        #expect(throws: RuntimeError.self) { try machine.beginStart(byHand: true) }
        machine.paused()
        let error = #expect(throws: RuntimeError.self) { try machine.beginStart(byHand: true) }
        #expect(error?.code == .conflict)
    }

    @Test func alwaysRestartsWithGrowingDelay() throws {
        var machine = try running(.always)
        expect(machine.exited(exit(0)), [.releaseRun, .restart(after: .milliseconds(100))])
        #expect(machine.state.phase == .restarting)
        try machine.beginStart(byHand: false)
        machine.started(pid: 43, at: start)
        expect(machine.exited(exit(0)), [.releaseRun, .restart(after: .milliseconds(200))])
        #expect(machine.state.restartCount == 2)
    }

    @Test func aStopByHandEndsTheRestarts() throws {
        var machine = try running(.always)
        try expect(machine.beginStop(byHand: true), true)
        expect(machine.exited(exit(143)), [.releaseRun])
        #expect(machine.state.phase == .exited)
        #expect(machine.state.stoppedByHand)
        try machine.beginStart(byHand: true)
        #expect(!machine.state.stoppedByHand)
    }

    @Test func aStopWhileWaitingForTheRestartNeedsNoSignal() throws {
        var machine = try running(.always)
        _ = machine.exited(exit(1))
        try expect(machine.beginStop(byHand: true), false)
        #expect(machine.state.phase == .exited)
    }

    @Test func theStopOfAnEndedContainerIsUnchanged() throws {
        var machine = try running()
        _ = machine.exited(exit(0))
        let error = #expect(throws: RuntimeError.self) { _ = try machine.beginStop(byHand: true) }
        #expect(error?.code == .unchanged)
    }

    @Test func autoRemoveFollowsTheExitAlsoAfterAFailedStart() throws {
        var machine = try running(autoRemove: true)
        expect(machine.exited(exit(0)), [.releaseRun, .remove])
        var other = ContainerStateMachine(policy: .no, autoRemove: true)
        try other.beginStart(byHand: true)
        expect(other.startFailed(code: 127, reason: "no", at: start), [.releaseRun, .remove])
    }

    @Test func aFailedFirstStartLeavesTheContainerCreated() throws {
        var machine = ContainerStateMachine(policy: .no, autoRemove: false)
        try machine.beginStart(byHand: true)
        _ = machine.startFailed(code: 127, reason: "not found", at: start)
        #expect(machine.state.phase == .created)
        #expect(machine.state.exitCode == 127)
        #expect(machine.state.error == "not found")
    }

    @Test func pauseAndUnpauseGoBackAndForthAndOnlyWhereAllowed() throws {
        var machine = try running()
        #expect(throws: RuntimeError.self) { try machine.checkUnpause() }
        try machine.checkPause()
        machine.paused()
        #expect(machine.state.phase == .paused)
        #expect(machine.state.isAlive)
        #expect(throws: RuntimeError.self) { try machine.checkPause() }
        machine.unpaused()
        #expect(machine.state.phase == .running)
    }

    @Test func removalOfARunningContainerNeedsForceAndThenAKill() throws {
        var machine = try running()
        let error = #expect(throws: RuntimeError.self) { _ = try machine.beginRemove(force: false) }
        #expect(error?.code == .conflict)
        try expect(machine.beginRemove(force: true), true)
        expect(machine.exited(exit(137)), [.releaseRun])
        #expect(machine.state.phase == .removing)
        machine.removalFailed()
        try expect(machine.beginRemove(force: false), false)
    }

    @Test func aRunFoundByAnotherDaemonIsAdoptedAndAPauseKept() throws {
        var machine = ContainerStateMachine(policy: .no, autoRemove: false)
        machine.adopted(pid: 7, startedAt: start)
        #expect(machine.state.phase == .running)
        machine.paused()
        machine.adopted(pid: 7, startedAt: start)
        #expect(machine.state.phase == .paused)
    }
}
