import Foundation
import Testing

@Suite(.serialized, .enabled(if: SkiffFixture.isPrivileged, "containers need root"))
struct ContainerStorySerialTests {
    @Test func aContainerRunsAndItsStatusIsTheCommands() async throws {
        try await SkiffFixture.with { fixture in
            try await fixture.importBusybox()
            #expect(try await fixture.succeed("run", "--rm", "busybox", "echo", "hello") == "hello")
            #expect(try await fixture.skiff("run", "--rm", "busybox", "sh", "-c", "exit 7").exitCode == 7)
            #expect(try await fixture.skiff("run", "--rm", "busybox", "nowhere").exitCode == 127)
            #expect(try await fixture.skiff("run", "--rm", "busybox", "/etc").exitCode == 126)
            #expect(try await fixture.skiff("run", "--rm", "no-such-image:1").exitCode == 125)
            #expect(
                try await fixture.skiff("run", "--rm", "busybox", "sh", "-c", "sh -c 'kill -9 $$'; exit $?").exitCode
                    == 137)
        }
    }

    @Test func aDetachedContainerIsListedLoggedEnteredAndRemoved() async throws {
        try await SkiffFixture.with { fixture in
            try await fixture.importBusybox()
            let id = try await fixture.succeed(
                "run", "-d", "--name", "web", "busybox", "sh", "-c", "echo up; exec sleep 1000"
            )
            #expect(id.count == 64)
            #expect(try await fixture.succeed("ps").contains("web"))
            try await fixture.eventually("the log line") { try await fixture.succeed("logs", "web") == "up" }
            #expect(try await fixture.succeed("exec", "web", "echo", "inside") == "inside")
            #expect(try await fixture.skiff("exec", "web", "sh", "-c", "exit 3").exitCode == 3)
            try await fixture.succeed("stop", "-t", "1", "web")
            #expect(try await fixture.succeed("ps", "-q").isEmpty)
            try await fixture.succeed("rm", "web")
            #expect(try await fixture.succeed("ps", "-aq").isEmpty)
        }
    }

    @Test func containersOutliveTheDaemon() async throws {
        try await SkiffFixture.with { fixture in
            try await fixture.importBusybox()
            let id = try await fixture.succeed(
                "run", "-d", "busybox", "sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done")
            let pid = try await fixture.succeed("inspect", id, "--format", "{{.State.Pid}}")
            let daemon = try await fixture.daemonPID()
            kill(daemon, SIGKILL)
            try await fixture.eventually("the daemon's end") { kill(daemon, 0) != 0 }
            #expect(FileManager.default.fileExists(atPath: "/proc/\(pid)"))
            #expect(try await fixture.succeed("inspect", id, "--format", "{{.State.Pid}}") == pid)
            #expect(try await fixture.daemonPID() != daemon)
            try await fixture.succeed("stop", id)
            #expect(try await fixture.succeed("inspect", id, "--format", "{{.State.ExitCode}}") == "9")
        }
    }

    @Test func aPublishedPortAnswersOnLoopback() async throws {
        try await SkiffFixture.with { fixture in
            try await fixture.importBusybox()
            let id = try await fixture.succeed(
                "run", "-d", "-p", "80", "busybox", "sh", "-c",
                "echo found > /www/index.html; exec httpd -f -p 80 -h /www"
            )
            let published = try await fixture.succeed("port", id, "80")
            let address = published.components(separatedBy: "\n")[0]
            try await fixture.eventually("an answer from \(address)") {
                try await fixture.run("curl", ["-fsS", "-m", "2", "http://\(address)/"]).output == "found\n"
            }
        }
    }

    @Test func downKeepsTheStateAndUpBringsItBack() async throws {
        try await SkiffFixture.with { fixture in
            try await fixture.importBusybox()
            let id = try await fixture.succeed("run", "-d", "--restart", "always", "busybox", "sleep", "1000")
            try await fixture.succeed("down", "--time", "1")
            #expect(try await fixture.skiff("status").exitCode == 3)
            try await fixture.succeed("up")
            #expect(try await fixture.succeed("images").contains("busybox"))
            try await fixture.eventually("the container's return") {
                try await fixture.succeed("ps", "-q", "--no-trunc").contains(id)
            }
        }
    }
}

extension SkiffFixture {
    /// The process id of this cluster's daemon.
    func daemonPID() async throws -> Int32 {
        let status = try await succeed("status", "-o", "json")
        let match = try #require(status.firstMatch(of: /"daemonPid"\s*:\s*([0-9]+)/))
        return try #require(Int32(match.1))
    }
}
