import Cluster
import Document
import Testing

@testable import Node

@Suite struct ListeningWaitTests {
    private typealias Fixture = MachineFixture

    private func started(_ extra: JSONValue = [:]) -> Fixture {
        var container = Fixture.container("app", ["ports": [["containerPort": 8000]]])
        for (key, value) in extra.objectValue ?? JSONObject() { container[key] = value }
        var fixture = Fixture(["containers": [container]])
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: ["10.0.0.2"])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        fixture.send(.launched(container: "app", id: "c1", PodContainerStart(pid: 42, startedAt: fixture.now.wall)))
        return fixture
    }

    private let check = PodAction.checkListening(container: "app", id: "c1", pid: 42)

    @Test func aContainerThatDeclaresAPortIsReadyOnceItListens() {
        var fixture = started()
        #expect(fixture.actions.last == check)
        #expect(!fixture.status.isReady)
        #expect(fixture.send(.listened(container: "app", id: "c1", isListening: false)).isEmpty)
        #expect(fixture.wait(.milliseconds(2)) == [check])
        fixture.send(.listened(container: "app", id: "c1", isListening: true))
        #expect(fixture.status.isReady)
        #expect(fixture.machine.nextDeadline == nil, "it is not looked at again")
    }

    @Test func onlyForABoundedTime() {
        var fixture = started()
        let start = fixture.now.uptime
        var looks = 0
        while !fixture.status.isReady, looks < 1000 {
            looks += 1
            fixture.send(.listened(container: "app", id: "c1", isListening: false))
            if let due = fixture.machine.nextDeadline { fixture.wait(due - fixture.now.uptime) }
        }
        #expect(fixture.now.uptime - start == .seconds(5))
        #expect(looks < 120)
    }

    @Test func aReadinessProbeDecidesAlone() {
        var fixture = started(["readinessProbe": ["exec": ["command": ["x"]]]])
        #expect(!fixture.actions.contains(check))
        fixture.send(.probed(container: "app", id: "c1", .readiness, failure: nil))
        #expect(fixture.status.isReady)
    }

    @Test func aRestartWaitsAgain() {
        var fixture = started()
        fixture.send(.listened(container: "app", id: "c1", isListening: true))
        fixture.send(fixture.exit("c1", code: 137))
        fixture.send(.launched(container: "app", id: "c2", PodContainerStart(pid: 43, startedAt: fixture.now.wall)))
        #expect(!fixture.status.isReady)
        #expect(fixture.actions.last == .checkListening(container: "app", id: "c2", pid: 43))
    }

    @Test func listeningSocketsAreReadFromTheKernelsTable() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
               0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
               1: 0100007F:0050 0200007F:D431 01 00000000:00000000 00:00000000 00000000     0
               2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
            """
        #expect(SocketTable.ports(of: .listening, in: table) == [8000, 8080])
        #expect(SocketTable.ports(of: .established, in: table) == [80])
        #expect(SocketTable.ports(of: .listening, in: "").isEmpty)
    }

    @Test func aProcessThatEndedListensToNothing() {
        #expect(!SocketTable.hasSocket(.listening, on: [80], seenBy: -1))
    }
}
