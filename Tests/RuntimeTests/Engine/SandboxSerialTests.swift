import Effects
import Images
import OCI
import SystemLinux
import Testing

@testable import Runtime

@Suite(.serialized, .enabled(if: KeeperFixture.isPrivileged, "needs root"))
struct SandboxSerialTests {
    @Test func containersOfASandboxShareItsNamesAndMemoryAndNotTheirProcesses() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            var wish = SandboxRequest(name: "pod", hostname: "pod-1", network: .none)
            wish.labels = ["io.kubernetes.pod.uid": "u1"]
            let sandbox = try await runtime.createSandbox(wish)
            #expect(sandbox.isAlive)
            var first = fixture.request("sh", "-c", "echo shared > /dev/shm/note; hostname; sleep 1000")
            first.sandboxID = sandbox.id
            let one = try await fixture.run(runtime, first)
            try await runtime.firstLine(of: one)
            var other = fixture.request("sh", "-c", "cat /dev/shm/note; hostname; ls /proc | grep -c '^[0-9]'")
            other.sandboxID = sandbox.id
            let two = try await runtime.create(other).id
            let ended = try runtime.wait(two, for: .nextExit)
            try await runtime.start(two)
            _ = try await ended.outcome()
            #expect(try await fixture.log(runtime, two).hasPrefix("shared\npod-1\n"))
            let links = try ["net", "ipc", "uts"].map { kind in
                try File.readLink("/proc/\(try runtime.inspect(one).record.state.pid)/ns/\(kind)")
            }
            #expect(links.count == 3)
            let second = try await fixture.startDaemon()
            #expect(second.runtime.sandboxes().map(\.id) == [sandbox.id])
            #expect(second.runtime.sandboxes().first?.request.labels == wish.labels)
            second.keeper.close()
            try await runtime.removeSandbox(sandbox.id)
            #expect(!sandbox.isAlive)
            #expect(runtime.list().isEmpty)
            try await runtime.removeSandbox(sandbox.id)
        }
    }

    @Test func aTaskRunsInItsOwnRootAndLeavesItsChangesThere() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            let image = try await fixture.images.resolve("busybox")
            let root = try await fixture.images.makeRoot(image: image, containerID: "build-1")
            var request = TaskRequest(
                root: root, arguments: ["sh", "-c", "echo built > /made; echo out; echo err >&2; exit 3"])
            request.network = "none"
            request.environment = ["PATH=/bin"]
            let collected = Collected()
            let exit = try await runtime.runTask(request) { channel, bytes in await collected.add(channel, bytes) }
            #expect(exit.code == 3)
            #expect(await collected.output == "out\n")
            #expect(await collected.errors == "err\n")
            #expect(try File.readText("\(root.upper)/made") == "built\n")
            #expect(runtime.list().isEmpty)
            try await fixture.images.removeRoot(containerID: "build-1")
        }
    }

    @Test func aCancelledTaskIsKilledAndCleanedUp() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            let image = try await fixture.images.resolve("busybox")
            let root = try await fixture.images.makeRoot(image: image, containerID: "build-2")
            var request = TaskRequest(root: root, arguments: ["/bin/sh", "-c", "echo up; sleep 1000"])
            request.network = "none"
            let wanted = request
            let collected = Collected()
            let task = Task {
                try await runtime.runTask(wanted) { channel, bytes in await collected.add(channel, bytes) }
            }
            for _ in 0..<500 where await collected.output.isEmpty {
                try await fixture.effects.time.sleep(for: .milliseconds(10))
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
            try await fixture.images.removeRoot(containerID: "build-2")
        }
    }

    private actor Collected {
        private(set) var output = ""
        private(set) var errors = ""

        func add(_ channel: LogRecord.Stream, _ bytes: [UInt8]) {
            let text = String(decoding: bytes, as: UTF8.self)
            if channel == .output { output += text } else { errors += text }
        }
    }
}
