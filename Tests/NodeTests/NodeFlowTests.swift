import Cluster
import Document
import Effects
import EventBus
import SystemLinux
import Testing

@testable import Node

@Suite struct NodeFlowTests {
    @Test func theMachineRegistersAsANodeWithALease() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                let node = fixture.value(ObjectKey(.nodes, name: "n1"))
                #expect(node["status", "capacity", "cpu"] == "2")
                #expect(node["status", "allocatable", "pods"] == "110")
                #expect(node.condition("Ready")?.text("status") == "True")
                #expect(node["metadata", "labels"]?.stringMap["kubernetes.io/hostname"] == "n1")
                let lease = ObjectKey(.leases, namespace: "kube-node-lease", name: "n1")
                try await fixture.until("a lease") { fixture.store.get(lease) != nil }
            }
        }
    }

    @Test func aBoundPodBecomesReady() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { agent in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                let status = fixture.value(key)["status"] ?? .null
                #expect(status.text("phase") == "Running")
                #expect(status.text("podIP").hasPrefix("10.88.1."))
                #expect(status.text("hostIP") == "127.0.0.1")
                #expect(status.text("qosClass") == "BestEffort")
                #expect(status.items("containerStatuses").first?.text("image") == "image")
                let id = try await agent.containerID(namespace: "default", pod: "web")
                #expect(fixture.runtime.running["app"] == id)
            }
        }
    }

    @Test func theContainerIsToldWhatTheSpecSays() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.create(
                .configMaps,
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "cm"], "data": ["key": "value"]])
            try await fixture.running { _ in
                let key = try await fixture.pod(
                    "web",
                    [
                        "volumes": [["name": "v", "configMap": ["name": "cm"]], ["name": "tmp", "emptyDir": [:]]],
                        "containers": [
                            [
                                "name": "app", "image": "image:1", "command": ["run", "$(K)"],
                                "env": [
                                    ["name": "K", "valueFrom": ["configMapKeyRef": ["name": "cm", "key": "key"]]],
                                    ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                                ],
                                "volumeMounts": [
                                    ["name": "v", "mountPath": "/etc/v", "readOnly": true],
                                    ["name": "tmp", "mountPath": "/scratch"],
                                ],
                                "resources": ["limits": ["cpu": "500m", "memory": "64Mi"]],
                                "securityContext": ["runAsUser": 7, "readOnlyRootFilesystem": true],
                            ]
                        ],
                    ])
                try await fixture.until("ready") { fixture.isReady(key) }
                let spec = try #require(fixture.runtime.now.containers.values.first?.spec)
                #expect(spec.command == ["run", "value"])
                #expect(spec.environment.contains(EnvironmentVariable("K", "value")))
                #expect(spec.environment.first { $0.name == "IP" }?.value == fixture.value(key).text("status", "podIP"))
                let mount = try #require(spec.mounts.first { $0.destination == "/etc/v" })
                #expect(mount.isReadOnly)
                #expect(try File.readText("\(mount.source)/key") == "value")
                #expect(spec.mounts.contains { $0.destination == "/scratch" && !$0.isReadOnly })
                let hosts = try #require(spec.mounts.first { $0.destination == "/etc/hosts" })
                #expect(try File.readText(hosts.source).contains("\tweb\n"))
                #expect(spec.resources.cpuQuotaMicroseconds == 50_000)
                #expect(spec.resources.memoryLimitBytes == 64 << 20)
                #expect(spec.security.userID == 7)
                #expect(spec.security.readOnlyRoot)
            }
        }
    }

    @Test func aChangedConfigMapReachesTheFiles() async throws {
        try await NodeFixture.with { fixture in
            let map = try await fixture.create(
                .configMaps,
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "cm"], "data": ["key": "old"]])
            try await fixture.running { _ in
                let key = try await fixture.pod(
                    "web",
                    [
                        "volumes": [["name": "v", "configMap": ["name": "cm"]]],
                        "containers": [
                            ["name": "app", "image": "image", "volumeMounts": [["name": "v", "mountPath": "/v"]]]
                        ],
                    ])
                try await fixture.until("ready") { fixture.isReady(key) }
                let mount = fixture.runtime.now.containers.values.first?.spec.mounts.first { $0.destination == "/v" }
                let path = "\(try #require(mount).source)/key"
                _ = try await fixture.store.modify(map.key, context: fixture.context) { $0["data"] = ["key": "new"] }
                try await fixture.until("the new text") { (try? File.readText(path)) == "new" }
            }
        }
    }

    @Test func aKilledProcessRestartsAtOnce() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                let first = try #require(fixture.runtime.running["app"])
                fixture.runtime.end(first, code: 137)
                try await fixture.until("ready again") { fixture.restarts(key) == 1 && fixture.isReady(key) }
                #expect(fixture.runtime.running["app"] != first)
                let last = fixture.value(key).items("status", "containerStatuses").first?["lastState", "terminated"]
                #expect(last?["exitCode"] == 137)
            }
        }
    }

    @Test func aPodWaitsForWhatItRefersTo() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                let key = try await fixture.pod(
                    "web",
                    [
                        "containers": [
                            ["name": "app", "image": "image", "envFrom": [["configMapRef": ["name": "late"]]]]
                        ]
                    ])
                try await fixture.until("the reason is shown") { fixture.waiting(key) == "CreateContainerConfigError" }
                try await fixture.create(
                    .configMaps,
                    ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "late"], "data": ["A": "1"]])
                try await fixture.until("ready") { fixture.isReady(key) }
            }
        }
    }

    @Test func anImageThatCannotBePulledIsNamed() async throws {
        try await NodeFixture.with { fixture in
            fixture.runtime.edit { $0.brokenImages["bad"] = PodRuntimeError(.imagePull, "no such host") }
            try await fixture.running { _ in
                let key = try await fixture.pod("web", ["containers": [["name": "app", "image": "bad"]]])
                try await fixture.until("the reason is shown") { fixture.waiting(key) == "ErrImagePull" }
                try await fixture.until("an event tells") {
                    fixture.store.all(.events, namespace: "default").contains {
                        $0.value.text("reason") == "Failed"
                            && $0.value.text("message") == "Failed to pull image \"bad\": no such host"
                    }
                }
            }
        }
    }

    @Test func aDeletedPodIsStoppedAndItsObjectRemoved() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                let uid = try #require(fixture.store.get(key)).uid
                _ = try await fixture.store.delete(key, context: fixture.context)
                try await fixture.until("gone") { fixture.store.get(key) == nil }
                #expect(fixture.runtime.now.calls.suffix(2) == ["stop app 30", "remove sandbox"])
                #expect(fixture.runtime.now.sandboxes.isEmpty)
                #expect(!File.exists("\(fixture.root)/state/pods/\(uid)"))
                #expect(!File.exists("\(fixture.root)/run/pods/\(uid)"))
            }
        }
    }

    @Test func theSignalWaitsUntilTrafficIsGone() async throws {
        // The clock stands still, so the bound of a second can't be what lets the signal through.
        let time = ManualTime()
        try await NodeFixture.with(time: time) { fixture in
            let service = try await fixture.create(
                .services,
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web"],
                    "spec": ["selector": ["app": "web"], "ports": [["port": 80]]],
                ])
            try await fixture.running { _ in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                let pod = try #require(fixture.store.get(key))
                let slice = try await fixture.create(.endpointSlices, Self.slice(of: pod, ready: true))
                _ = try await fixture.store.delete(key, context: fixture.context)
                try await SystemTimePause.milliseconds(50)
                #expect(!fixture.runtime.now.calls.contains { $0.hasPrefix("stop app") }, "a service still leads here")
                let without = try await fixture.store.modify(slice.key, context: fixture.context) {
                    $0["endpoints"] = Self.slice(of: pod, ready: false)["endpoints"]
                }
                try await SystemTimePause.milliseconds(50)
                #expect(!fixture.runtime.now.calls.contains { $0.hasPrefix("stop app") }, "traffic does not follow yet")
                fixture.bus.publish(
                    .service(
                        .programmed(
                            namespace: "default", name: "web", serviceRevision: service.resourceVersion,
                            endpointsRevision: without.object.resourceVersion, endpoints: 0)),
                    subject: .object("services", namespace: "default", name: "web"), module: .serviceProxy, cause: nil)
                try await fixture.until("stopped") {
                    // What is left to wait for is the look at open connections.
                    if time.monotonic < .milliseconds(900) { time.advance(by: .milliseconds(1)) }
                    return fixture.runtime.now.calls.contains { $0.hasPrefix("stop app") }
                }
            }
        }
    }

    private static func slice(of pod: StoredObject, ready: Bool) -> JSONValue {
        [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": ["name": "web-1", "labels": ["kubernetes.io/service-name": "web"]], "addressType": "IPv4",
            "endpoints": [
                [
                    "addresses": ["10.88.1.2"], "conditions": ["ready": .bool(ready)],
                    "targetRef": ["kind": "Pod", "name": "web", "namespace": "default", "uid": .string(pod.uid)],
                ]
            ],
            "ports": [["port": 80, "protocol": "TCP"]],
        ]
    }

    @Test func withoutAnAnswerFromTheProxyTheSignalComesAfterASecond() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.create(
                .services,
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web"],
                    "spec": ["selector": ["app": "web"], "ports": [["port": 80]]],
                ])
            try await fixture.running { _ in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                let pod = try #require(fixture.store.get(key))
                try await fixture.create(.endpointSlices, Self.slice(of: pod, ready: true))
                let start = fixture.effects.time.monotonic
                _ = try await fixture.store.delete(key, context: fixture.context)
                try await fixture.until("gone") { fixture.store.get(key) == nil }
                #expect(fixture.effects.time.monotonic - start >= .seconds(1))
            }
        }
    }

    @Test func preStopRunsBeforeTheSignal() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                let key = try await fixture.pod(
                    "web",
                    [
                        "containers": [
                            [
                                "name": "app", "image": "image",
                                "lifecycle": ["preStop": ["exec": ["command": ["drain", "now"]]]],
                            ]
                        ]
                    ])
                try await fixture.until("ready") { fixture.isReady(key) }
                _ = try await fixture.store.delete(key, context: fixture.context)
                try await fixture.until("gone") { fixture.store.get(key) == nil }
                let calls = fixture.runtime.now.calls.suffix(3)
                #expect(Array(calls) == ["exec drain now", "stop app 30", "remove sandbox"])
            }
        }
    }

    @Test func aNewAgentTakesOverWhatTheLastOneStarted() async throws {
        try await NodeFixture.with { fixture in
            let key = ObjectKey(.pods, namespace: "default", name: "web")
            try await fixture.running { _ in
                try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
            }
            let container = try #require(fixture.runtime.running["app"])
            let started = fixture.value(key).text("status", "startTime")
            let calls = fixture.runtime.now.calls.count
            try await fixture.running { agent in
                let id = try await agent.containerID(namespace: "default", pod: "web")
                #expect(id == container)
                try await SystemTimePause.milliseconds(100)
                #expect(fixture.isReady(key))
                #expect(fixture.value(key).text("status", "startTime") == started)
                #expect(!fixture.runtime.now.calls.dropFirst(calls).contains { $0.hasPrefix("start") })
            }
        }
    }

    @Test func podsDeletedWithoutAnAgentAreCleanedUp() async throws {
        try await NodeFixture.with { fixture in
            let key = ObjectKey(.pods, namespace: "default", name: "web")
            try await fixture.running { _ in
                try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
            }
            _ = try await fixture.store.delete(
                key, options: DeleteOptions(gracePeriodSeconds: 0), context: fixture.context)
            try await fixture.running { _ in
                try await fixture.until("no sandbox left") { fixture.runtime.now.sandboxes.isEmpty }
            }
        }
    }

    @Test func fiftyPodsAtOnceAllBecomeReady() async throws {
        try await NodeFixture.with { fixture in
            try await fixture.running { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<50 { group.addTask { try await fixture.pod("web-\(index)") } }
                    try await group.waitForAll()
                }
                try await fixture.until("all ready") {
                    fixture.store.all(.pods, namespace: "default").allSatisfy {
                        $0.value.condition("Ready")?.text("status") == "True"
                    }
                }
                #expect(fixture.store.all(.pods, namespace: "default").count == 50)
            }
        }
    }

    @Test func theBusTellsThePodsStory() async throws {
        try await NodeFixture.with { fixture in
            let subscription = fixture.bus.subscribe(name: "test", families: [.pod])
            let story = Task { () -> [String] in
                var kinds: [String] = []
                for await case .event(let event) in subscription {
                    kinds.append(event.payload.kind)
                    if event.payload.kind == "pod.gone" { break }
                }
                return kinds
            }
            try await fixture.running { _ in
                let key = try await fixture.pod("web")
                try await fixture.until("ready") { fixture.isReady(key) }
                _ = try await fixture.store.delete(key, context: fixture.context)
                let told = await story.value
                #expect(Set(told.prefix(2)) == ["pod.sandboxReady", "pod.imagesReady"])
                #expect(told.dropFirst(2).first == "pod.ready")
                #expect(told.contains("pod.terminating"))
                #expect(told.last == "pod.gone")
            }
        }
    }
}

/// A pause of the test itself.
enum SystemTimePause {
    static func milliseconds(_ count: Int) async throws {
        try await SystemTime().sleep(for: .milliseconds(count))
    }
}
