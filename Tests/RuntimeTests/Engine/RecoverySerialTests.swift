import Effects
import Keeper
import OCI
import SystemLinux
import Testing

@testable import Runtime

@Suite(.serialized, .enabled(if: KeeperFixture.isPrivileged, "needs root"))
struct RecoverySerialTests {
    @Test func aNewDaemonAdoptsWhatRunsAndCanExecInItAndStopIt() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            let id = try await fixture.run(
                runtime, fixture.request("sh", "-c", "echo before; while :; do sleep 0.05; done"), name: "web")
            try await runtime.firstLine(of: id)
            let pid = try runtime.inspect(id).record.state.pid
            let second = try await fixture.startDaemon()
            let found = try second.runtime.inspect("web").record
            #expect(found.id == id)
            #expect(found.state.phase == .running)
            #expect(found.state.pid == pid)
            let result = try await second.runtime.execute(
                ExecRequest(["echo", "hello"]), in: id, timeout: .seconds(10), outputMaxBytes: 100)
            #expect(String(decoding: result.output, as: UTF8.self) == "hello\n")
            #expect(try await fixture.log(second.runtime, id) == "before\n")
            try await second.runtime.stop(id, timeoutSeconds: 0)
            #expect(try second.runtime.inspect(id).record.state.exitCode == 137)
            second.keeper.close()
        }
    }

    @Test func exitsThatHappenedWithoutADaemonAreKnownAndAutoRemoveIsMadeUpFor() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            let kept = try await fixture.run(runtime, fixture.request("sh", "-c", "sleep 0.4; exit 9"))
            var request = fixture.request("sh", "-c", "sleep 0.4; exit 0")
            request.host.autoRemove = true
            let removed = try await fixture.run(runtime, request)
            await runtime.stop(stopContainers: false)
            try await fixture.effects.time.sleep(for: .seconds(1))
            let second = try await fixture.startDaemon()
            let state = try second.runtime.inspect(kept).record.state
            #expect(state.phase == .exited)
            #expect(state.exitCode == 9)
            try await fixture.until("the other one is removed") {
                second.runtime.list().allSatisfy { $0.record.id != removed }
            }
            second.keeper.close()
        }
    }

    @Test func policiesStartContainersWithThePlatform() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            var request = fixture.request("sleep", "1000")
            request.host.restart = .unlessStopped
            let wanted = try await fixture.run(runtime, request)
            let unwanted = try await fixture.run(runtime, request)
            try await runtime.stop(unwanted, timeoutSeconds: 0)
            await runtime.stop(stopContainers: true)
            #expect(try runtime.inspect(wanted).record.state.phase == .exited)
            let second = try await fixture.startDaemon()
            await second.runtime.startByPolicy()
            #expect(try second.runtime.inspect(wanted).record.state.phase == .running)
            #expect(try second.runtime.inspect(unwanted).record.state.phase == .exited)
            second.keeper.close()
        }
    }

    @Test func aHalfMadeContainerIsSweptAndABrokenRecordIsLeftOutLoudly() async throws {
        try await RuntimeFixture.with { fixture, runtime in
            let id = try await runtime.create(fixture.request("true")).id
            let containers = "\(fixture.base)/state/runtime/containers"
            try Directory.make("\(containers)/halfmade")
            try Directory.make("\(containers)/broken")
            try File.write("\(containers)/broken/container.json", Array("{".utf8))
            let second = try await fixture.startDaemon()
            #expect(second.runtime.list().map(\.record.id) == [id])
            #expect(!File.exists("\(containers)/halfmade"))
            #expect(File.exists("\(containers)/broken"))
            second.keeper.close()
        }
    }
}
