import Cluster
import Document
import Testing

@testable import Node

@Suite struct PodProbeTests {
    private typealias Fixture = MachineFixture

    private static let exec: JSONValue = ["exec": ["command": ["check"]], "periodSeconds": 5]

    private func running(_ probes: JSONValue) -> Fixture {
        var fixture = Fixture(["containers": [Fixture.container("app", probes)]])
        fixture.settle()
        return fixture
    }

    private func result(_ kind: ProbeKind, failure: String? = nil) -> PodInput {
        .probed(container: "app", id: "c1", kind, failure: failure)
    }

    private func probes(_ actions: [PodAction]) -> [ProbeKind] {
        actions.compactMap { if case .probe(_, _, let kind) = $0 { kind } else { nil } }
    }

    @Test func readinessBeginsFalseAndFollowsTheProbe() {
        var fixture = running(["readinessProbe": Self.exec])
        #expect(probes(fixture.actions) == [.readiness])
        #expect(!fixture.status.isReady)
        fixture.send(result(.readiness))
        #expect(fixture.status.isReady)
        for _ in 0..<3 {
            #expect(probes(fixture.wait(.seconds(5))) == [.readiness])
            fixture.send(result(.readiness, failure: "503"))
        }
        #expect(!fixture.status.isReady)
        #expect(Fixture.stops(fixture.actions).isEmpty)
    }

    @Test func untilTheFirstSuccessReadinessIsTriedEagerly() {
        var fixture = running(["readinessProbe": Self.exec])
        var moments: [Duration] = []
        let start = fixture.now.uptime
        for _ in 0..<6 {
            fixture.send(result(.readiness, failure: "refused"))
            guard let due = fixture.machine.nextDeadline else { break }
            moments.append(due - start)
            fixture.wait(due - fixture.now.uptime)
        }
        #expect(moments == [50, 150, 350, 750, 1550, 3150].map { .milliseconds($0) })
        #expect(fixture.machine.containers[0].readiness?.isSucceeding == nil, "eager failures do not count")
    }

    @Test func afterASuccessOnlyThePeriodCounts() {
        var fixture = running(["readinessProbe": Self.exec])
        fixture.send(result(.readiness))
        #expect(fixture.machine.nextDeadline == fixture.now.uptime + .seconds(5))
    }

    @Test func livenessFailuresRestartTheContainer() {
        var fixture = running(["livenessProbe": Self.exec])
        #expect(fixture.status.isReady)
        var last: [PodAction] = []
        for attempt in 0..<3 {
            if attempt > 0 { fixture.wait(.seconds(5)) }
            last = fixture.send(result(.liveness, failure: "timeout"))
        }
        #expect(Fixture.stops(last) == ["app"])
        #expect(fixture.notices.contains { $0.message == "Container app failed liveness probe, will be restarted" })
        #expect(Fixture.launches(fixture.send(fixture.exit("c1", code: 143))) == ["app"])
    }

    @Test func aSuccessBetweenFailuresStartsTheCountAgain() {
        var fixture = running(["livenessProbe": Self.exec])
        for failure in ["x", "x", nil, "x", "x"] {
            #expect(Fixture.stops(fixture.send(result(.liveness, failure: failure))).isEmpty)
            fixture.wait(.seconds(5))
        }
        #expect(Fixture.stops(fixture.send(result(.liveness, failure: "x"))) == ["app"])
    }

    @Test func theStartupProbeHoldsTheOthersBack() {
        var fixture = running(["startupProbe": Self.exec, "livenessProbe": Self.exec, "readinessProbe": Self.exec])
        #expect(probes(fixture.actions) == [.startup])
        #expect(fixture.containerStatus("app")["started"] == false)
        let after = fixture.send(result(.startup))
        #expect(Set(probes(after)) == [.liveness, .readiness])
        #expect(fixture.containerStatus("app")["started"] == true)
    }

    @Test func aStartupProbeThatNeverSucceedsKills() {
        var fixture = running(["startupProbe": ["exec": ["command": ["x"]], "periodSeconds": 1, "failureThreshold": 2]])
        var stopped = false
        for _ in 0..<20 where !stopped {
            stopped = !Fixture.stops(fixture.send(result(.startup, failure: "no"))).isEmpty
            guard let due = fixture.machine.nextDeadline else { continue }
            fixture.wait(due - fixture.now.uptime)
        }
        #expect(stopped)
        #expect(fixture.now.uptime - .seconds(1000) <= .seconds(3))
    }

    @Test func theInitialDelayIsKept() {
        var fixture = running(["readinessProbe": ["exec": ["command": ["x"]], "initialDelaySeconds": 7]])
        #expect(probes(fixture.actions).isEmpty)
        #expect(probes(fixture.wait(.seconds(6))).isEmpty)
        #expect(probes(fixture.wait(.seconds(1))) == [.readiness])
    }

    @Test func successesMustReachTheirThreshold() {
        var fixture = running([
            "readinessProbe": ["exec": ["command": ["x"]], "periodSeconds": 1, "successThreshold": 2]
        ])
        fixture.send(result(.readiness))
        #expect(!fixture.status.isReady)
        fixture.wait(.seconds(1))
        fixture.send(result(.readiness))
        #expect(fixture.status.isReady)
    }

    @Test func onTheWayOutOnlyReadinessGoesOn() {
        var fixture = running(["livenessProbe": Self.exec, "readinessProbe": Self.exec])
        fixture.send(result(.liveness))
        fixture.send(result(.readiness))
        fixture.send(.terminate(graceSeconds: 30))
        #expect(probes(fixture.wait(.seconds(5))) == [.readiness])
    }

    @Test func resultsOfAnEarlierRunAreIgnored() {
        var fixture = running(["readinessProbe": Self.exec])
        fixture.settle(fixture.send(fixture.exit("c1", code: 1)))
        fixture.send(result(.readiness))
        #expect(!fixture.status.isReady)
    }

    @Test func namedPortsAreResolved() {
        let container: JSONValue = [
            "name": "app", "ports": [["name": "web", "containerPort": 8000]],
            "readinessProbe": ["httpGet": ["port": "web", "scheme": "HTTPS"]],
        ]
        let probe = ContainerSpec(json: container, isInit: false).readiness
        #expect(probe?.handler == .httpGet(HTTPTarget(host: "", port: 8000, path: "/", isTLS: true)))
    }
}
