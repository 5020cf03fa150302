import Cluster
import Document
import Testing

@testable import Node

@Suite struct PodTerminationTests {
    private typealias Fixture = MachineFixture

    private func running(_ spec: JSONValue? = nil) -> Fixture {
        var fixture = Fixture(spec ?? ["containers": [Fixture.container("app")]])
        fixture.settle()
        fixture.actions = []
        return fixture
    }

    @Test func trafficGoesBeforeTheSignal() {
        var fixture = running()
        #expect(fixture.send(.terminate(graceSeconds: 30)) == [.awaitWithdrawal])
        #expect(fixture.advance().isEmpty)
        #expect(
            fixture.send(.withdrawn) == [.stop(container: "app", id: "c1", graceSeconds: 30, runsHook: true)])
        #expect(fixture.send(fixture.exit("c1", code: 143)) == [.clean])
        #expect(fixture.send(.cleaned) == [.finish])
    }

    @Test func nothingIsRestartedOnTheWayOut() {
        var fixture = running()
        fixture.send(.terminate(graceSeconds: 30))
        #expect(fixture.send(fixture.exit("c1", code: 1)).isEmpty)
        #expect(fixture.send(.withdrawn) == [.clean])
    }

    @Test func timeSpentWaitingIsPartOfTheGrace() {
        var fixture = running()
        fixture.send(.terminate(graceSeconds: 10))
        fixture.now = fixture.now + .seconds(1)
        let stop = PodAction.stop(container: "app", id: "c1", graceSeconds: 9, runsHook: true)
        #expect(fixture.send(.withdrawn) == [stop])
    }

    @Test func aShorterGraceReachesContainersThatAreStopping() {
        var fixture = running()
        fixture.send(.terminate(graceSeconds: 30))
        fixture.send(.withdrawn)
        #expect(fixture.send(.terminate(graceSeconds: 60)).isEmpty)
        let again = fixture.send(.terminate(graceSeconds: 1))
        #expect(again == [.stop(container: "app", id: "c1", graceSeconds: 1, runsHook: true)])
    }

    @Test func forcedDeletionRunsNoHook() {
        var fixture = running()
        fixture.send(.terminate(graceSeconds: 0))
        let stop = PodAction.stop(container: "app", id: "c1", graceSeconds: 0, runsHook: false)
        #expect(fixture.send(.withdrawn) == [stop])
    }

    @Test func sidecarsGoAfterTheAppsLastStartedFirst() {
        var fixture = running([
            "initContainers": [
                Fixture.container("s1", ["restartPolicy": "Always"]),
                Fixture.container("s2", ["restartPolicy": "Always"]),
            ],
            "containers": [Fixture.container("app")],
        ])
        fixture.send(.terminate(graceSeconds: 30))
        #expect(Fixture.stops(fixture.send(.withdrawn)) == ["app"])
        #expect(Fixture.stops(fixture.send(fixture.exit(fixture.id("app"), code: 0))) == ["s2"])
        #expect(Fixture.stops(fixture.send(fixture.exit(fixture.id("s2"), code: 0))) == ["s1"])
        #expect(fixture.send(fixture.exit(fixture.id("s1"), code: 0)) == [.clean])
    }

    @Test func sidecarsEndWhenTheAppsAreOver() {
        var fixture = running([
            "restartPolicy": "Never",
            "initContainers": [Fixture.container("side", ["restartPolicy": "Always"])],
            "containers": [Fixture.container("app")],
        ])
        #expect(Fixture.stops(fixture.send(fixture.exit(fixture.id("app"), code: 0))) == ["side"])
        #expect(fixture.status.phase == "Running")
        fixture.send(fixture.exit(fixture.id("side"), code: 143))
        #expect(fixture.status.phase == "Succeeded")
    }

    @Test func aPodWithoutContainersIsCleanedAtOnce() {
        var fixture = Fixture(["containers": [Fixture.container("app")]])
        fixture.advance()
        #expect(fixture.send(.terminate(graceSeconds: 30)).isEmpty, "the sandbox is still being made")
        fixture.send(.volumesReady(renewAfter: nil))
        #expect(fixture.send(.sandboxFailed("no bridge")) == [.clean])
    }

    @Test func aContainerThatIsJustStartingIsStoppedOnceItRuns() {
        var fixture = Fixture(["containers": [Fixture.container("app")]])
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        #expect(fixture.send(.terminate(graceSeconds: 5)) == [.awaitWithdrawal])
        #expect(fixture.send(.withdrawn).isEmpty)
        let start = PodContainerStart(pid: 1, startedAt: fixture.now.wall)
        #expect(Fixture.stops(fixture.send(.launched(container: "app", id: "c1", start))) == ["app"])
    }

    @Test func cleaningIsTriedAgainAfterAFailure() {
        var fixture = running()
        fixture.send(.terminate(graceSeconds: 0))
        fixture.send(.withdrawn)
        #expect(fixture.send(fixture.exit("c1", code: 137)) == [.clean])
        #expect(fixture.send(.cleaningFailed("device busy")).isEmpty)
        #expect(fixture.wait(.milliseconds(500)) == [.clean])
    }

    @Test func aPodThatIsOverIsCleanedWhenItsObjectIsDeleted() {
        var fixture = running(["restartPolicy": "Never", "containers": [Fixture.container("app")]])
        fixture.send(fixture.exit("c1", code: 0))
        #expect(fixture.send(.terminate(graceSeconds: 0)) == [.clean])
        #expect(fixture.status.phase == "Succeeded")
    }
}
