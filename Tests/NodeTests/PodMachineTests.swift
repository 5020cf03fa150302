import Cluster
import Document
import Effects
import Testing

@testable import Node

@Suite struct PodMachineTests {
    private typealias Fixture = MachineFixture

    private func simple(_ extra: JSONValue = [:], restart: String = "Always") -> Fixture {
        Fixture(["restartPolicy": .string(restart), "containers": [Fixture.container("app", extra)]])
    }

    // MARK: - Coming up

    @Test func volumesSandboxAndImagesAreMadeSideBySide() {
        var fixture = simple()
        #expect(fixture.advance() == [.makeVolumes, .makeSandbox(attempt: 0), .ensureImage(container: "app")])
        #expect(fixture.advance().isEmpty)
    }

    @Test func aContainerStartsOnlyWhenAllOfThemAreThere() {
        var fixture = simple()
        fixture.advance()
        #expect(fixture.send(.volumesReady(renewAfter: nil)).isEmpty)
        #expect(fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0)).isEmpty)
        #expect(fixture.status.phase == "Pending")
        let last = fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: ["10.0.0.2"])))
        #expect(last == [.launch(container: "app", attempt: 0, image: Fixture.image)])
    }

    @Test func aRunningContainerWithoutProbesIsReadyAtOnce() {
        var fixture = simple()
        fixture.settle()
        #expect(fixture.status.phase == "Running")
        #expect(fixture.status.isReady)
        #expect(fixture.status.addresses == ["10.88.1.2"])
        #expect(fixture.containerStatus("app")["ready"] == true)
        #expect(fixture.containerStatus("app").text("containerID") == "skiff://c1")
        #expect(fixture.containerStatus("app").text("imageID") == "image@sha256:1")
        #expect(fixture.notices.map(\.reason) == ["Pulled", "Created", "Started"])
    }

    @Test func appContainersStartTogether() {
        var fixture = Fixture(["containers": [Fixture.container("a"), Fixture.container("b")]])
        fixture.settle()
        let launched = Fixture.launches(fixture.actions)
        #expect(Set(launched) == ["a", "b"])
        #expect(fixture.status.isReady)
    }

    @Test func initContainersRunOneAfterTheOther() {
        var fixture = Fixture([
            "initContainers": [Fixture.container("i1"), Fixture.container("i2")],
            "containers": [Fixture.container("app")],
        ])
        fixture.settle()
        #expect(Fixture.launches(fixture.actions) == ["i1"])
        #expect(fixture.condition("Initialized")?.message == "containers with incomplete status: [i1 i2]")
        #expect(fixture.containerStatus("app")["state", "waiting", "reason"] == "PodInitializing")
        fixture.settle(fixture.send(fixture.exit(fixture.id("i1"), code: 0)))
        #expect(Fixture.launches(fixture.actions) == ["i1", "i2"])
        fixture.settle(fixture.send(fixture.exit(fixture.id("i2"), code: 0)))
        #expect(Fixture.launches(fixture.actions) == ["i1", "i2", "app"])
        #expect(fixture.condition("Initialized")?.isTrue == true)
        #expect(fixture.status.isReady)
    }

    @Test func aFailedInitContainerIsRetriedUnlessThePolicyIsNever() {
        let spec: (String) -> JSONValue = { policy in
            [
                "restartPolicy": .string(policy), "initContainers": [Fixture.container("i")],
                "containers": [Fixture.container("app")],
            ]
        }
        var always = Fixture(spec("Always"))
        always.settle()
        #expect(Fixture.launches(always.send(always.exit(always.id("i"), code: 1))) == ["i"])
        var never = Fixture(spec("Never"))
        never.settle()
        #expect(Fixture.launches(never.send(never.exit(never.id("i"), code: 1))).isEmpty)
        #expect(never.status.phase == "Failed")
    }

    @Test func sidecarsStartInOrderAndStayBesideTheApps() {
        var fixture = Fixture([
            "initContainers": [Fixture.container("side", ["restartPolicy": "Always"]), Fixture.container("init")],
            "containers": [Fixture.container("app")],
        ])
        fixture.settle()
        #expect(Fixture.launches(fixture.actions) == ["side", "init"])
        fixture.settle(fixture.send(fixture.exit(fixture.id("init"), code: 0)))
        #expect(Fixture.launches(fixture.actions) == ["side", "init", "app"])
        #expect(fixture.status.isReady)
        #expect(Fixture.launches(fixture.send(fixture.exit(fixture.id("side"), code: 0))) == ["side"])
        #expect(!fixture.status.isReady)
    }

    @Test func aSandboxThatFailsIsTriedAgainLater() {
        var fixture = simple()
        fixture.advance()
        #expect(fixture.send(.sandboxFailed("no bridge")).isEmpty)
        #expect(fixture.notices.last?.message == "Failed to create pod sandbox: no bridge")
        #expect(fixture.machine.nextDeadline == fixture.now.uptime + .milliseconds(500))
        #expect(fixture.wait(.milliseconds(500)) == [.makeSandbox(attempt: 1)])
    }

    @Test func aMissingConfigMapHoldsTheContainerUntilItComes() {
        var fixture = simple()
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        fixture.send(.launchFailed(container: "app", .configuration, "configmap \"x\" not found"))
        let waiting = fixture.containerStatus("app")["state", "waiting"]
        #expect(waiting?["reason"] == "CreateContainerConfigError")
        #expect(waiting?["message"] == "configmap \"x\" not found")
        #expect(Fixture.launches(fixture.send(.dependencyChanged)) == ["app"])
    }

    // MARK: - Images

    @Test func aFailedPullBacksOff() {
        var fixture = simple()
        fixture.advance()
        fixture.send(.imageFailed(container: "app", .imagePull, "no such host"))
        #expect(fixture.containerStatus("app")["state", "waiting", "reason"] == "ErrImagePull")
        #expect(fixture.wait(.seconds(9)).isEmpty)
        #expect(fixture.wait(.seconds(1)) == [.ensureImage(container: "app")])
        fixture.send(.imageFailed(container: "app", .imagePull, "no such host"))
        #expect(fixture.containerStatus("app")["state", "waiting", "reason"] == "ImagePullBackOff")
    }

    @Test(arguments: [
        (PodRuntimeError.Kind.invalidImageName, "InvalidImageName"), (.imageNeverPull, "ErrImageNeverPull"),
        (.failed, "ErrImagePull"),
    ])
    func theKindOfPullFailureIsShown(_ kind: PodRuntimeError.Kind, _ reason: String) {
        var fixture = simple()
        fixture.advance()
        fixture.send(.imageFailed(container: "app", kind, "why"))
        #expect(fixture.containerStatus("app")["state", "waiting", "reason"] == .string(reason))
    }

    // MARK: - Restarts

    @Test func theFirstCrashRestartsAtOnceTheSecondAfterTenSeconds() {
        var fixture = simple()
        fixture.settle()
        let first = fixture.send(fixture.exit(fixture.id("app"), code: 1))
        #expect(first == [.launch(container: "app", attempt: 1, image: Fixture.image)])
        #expect(!fixture.status.isReady)
        fixture.settle(first)
        #expect(fixture.status.isReady)
        #expect(fixture.containerStatus("app")["restartCount"] == 1)
        #expect(fixture.containerStatus("app")["lastState", "terminated", "exitCode"] == 1)
        #expect(fixture.send(fixture.exit(fixture.id("app"), code: 1)).isEmpty)
        #expect(fixture.containerStatus("app")["state", "waiting", "reason"] == "CrashLoopBackOff")
        #expect(fixture.notices.last?.reason == "BackOff")
        #expect(fixture.wait(.milliseconds(9999)).isEmpty)
        #expect(Fixture.launches(fixture.wait(.milliseconds(1))) == ["app"])
    }

    @Test(arguments: [
        ("Always", 0, true), ("Always", 1, true), ("OnFailure", 0, false), ("OnFailure", 1, true), ("Never", 1, false),
    ])
    func theRestartPolicyDecides(_ policy: String, _ code: Int32, _ restarts: Bool) {
        var fixture = simple(restart: policy)
        fixture.settle()
        let actions = fixture.send(fixture.exit(fixture.id("app"), code: code))
        #expect(Fixture.launches(actions).isEmpty != restarts)
        if !restarts { #expect(fixture.status.phase == (code == 0 ? "Succeeded" : "Failed")) }
    }

    @Test func aContainerKilledForMemorySaysSo() {
        var fixture = simple(restart: "Never")
        fixture.settle()
        fixture.send(fixture.exit(fixture.id("app"), code: 137, outOfMemory: true))
        #expect(fixture.containerStatus("app")["state", "terminated", "reason"] == "OOMKilled")
    }

    @Test func anExitThatOvertakesItsStartIsNotLost() {
        var fixture = simple(restart: "Never")
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        fixture.send(fixture.exit("quick", code: 0))
        let start = PodContainerStart(pid: 1, startedAt: fixture.now.wall)
        fixture.send(.launched(container: "app", id: "quick", start))
        #expect(fixture.status.phase == "Succeeded")
    }

    @Test func aProcessThatCannotStartFollowsTheRestartPolicy() {
        var fixture = simple(restart: "Never")
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        fixture.send(.launchFailed(container: "app", .start, "exec: no such file"))
        #expect(fixture.status.phase == "Failed")
        #expect(fixture.containerStatus("app")["state", "terminated", "exitCode"] == 128)
    }

    @Test func theActiveDeadlineFailsThePod() {
        var fixture = Fixture(["activeDeadlineSeconds": 5, "containers": [Fixture.container("app")]])
        fixture.settle()
        #expect(Fixture.stops(fixture.wait(.seconds(5))) == ["app"])
        fixture.send(fixture.exit(fixture.id("app"), code: 143))
        #expect(fixture.status.phase == "Failed")
        #expect(fixture.status.reason == "DeadlineExceeded")
        #expect(Fixture.launches(fixture.wait(.seconds(60))).isEmpty)
    }

    @Test func aNewImageRestartsTheContainer() {
        var fixture = simple()
        fixture.settle()
        let changed = PodSpec(
            uid: "uid-web", namespace: "default", name: "web",
            value: ["spec": ["containers": [["name": "app", "image": "image:2"]]]])
        let actions = fixture.send(.specChanged(changed))
        #expect(actions.contains(.ensureImage(container: "app")))
        #expect(Fixture.stops(actions) == ["app"])
        fixture.settle(actions)
        #expect(fixture.status.isReady)
        #expect(fixture.containerStatus("app")["restartCount"] == 1)
    }

    // MARK: - Hooks

    @Test func postStartComesBeforeReadiness() {
        var fixture = simple(["lifecycle": ["postStart": ["exec": ["command": ["true"]]]]])
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        let start = PodContainerStart(pid: 1, startedAt: fixture.now.wall)
        #expect(fixture.send(.launched(container: "app", id: "c1", start)) == [.postStart(container: "app", id: "c1")])
        #expect(!fixture.status.isReady)
        fixture.send(.postStarted(container: "app", id: "c1", failure: nil))
        #expect(fixture.status.isReady)
    }

    @Test func aFailedPostStartKillsTheContainer() {
        var fixture = simple(["lifecycle": ["postStart": ["exec": ["command": ["false"]]]]])
        fixture.advance()
        fixture.send(.volumesReady(renewAfter: nil))
        fixture.send(.sandboxReady(PodSandbox(id: "s", addresses: [])))
        fixture.send(.imageReady(container: "app", Fixture.image, seconds: 0))
        fixture.send(.launched(container: "app", id: "c1", PodContainerStart(pid: 1, startedAt: fixture.now.wall)))
        let actions = fixture.send(.postStarted(container: "app", id: "c1", failure: "exit 1"))
        #expect(Fixture.stops(actions) == ["app"])
        #expect(fixture.notices.contains { $0.reason == "FailedPostStartHook" })
    }
}
