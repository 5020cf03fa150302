import Keeper
import OCI
import Runtime
import SystemLinux
import Testing

/// Known escapes, tried and found shut.
@Suite(.serialized, .enabled(if: KeeperFixture.isPrivileged, "needs root"))
struct KeeperEscapeSerialTests {
    /// CVE-2019-5736: the container runs the keeper's own program and tries to write it through /proc.
    @Test func theProgramBehindProcSelfExeCannotBeWritten() async throws {
        try await KeeperFixture.with { fixture in
            let before = try File.status(KeeperFixture.program)
            let script = "exec 2>&1; head -c 4 /proc/1/exe | wc -c; (echo x > /proc/1/exe) || echo refused"
            var plan = try await fixture.plan("a", fixture.spec(["sh", "-c", script]))
            plan.usesInit = true
            // With CAP_SYS_PTRACE process 1, our init, can be looked into: the read-only mount alone must hold.
            let all = Capability.allCases.map(\.name)
            plan.spec.process?.capabilities = RuntimeSpec.Capabilities(bounding: all, effective: all, permitted: all)
            let log = try await fixture.run(plan).log
            // It can be read, so the attempt was a real one; it is refused for the mount, not because it runs.
            #expect(log.hasPrefix("4\n"))
            #expect(log.contains("Read-only file system"))
            #expect(log.hasSuffix("refused\n"))
            let after = try File.status(KeeperFixture.program)
            #expect(after.sizeBytes == before.sizeBytes && after.modifiedNanoseconds == before.modifiedNanoseconds)
        }
    }

    /// CVE-2019-5736, second half: a descriptor kept until nobody executes the file any more.
    @Test func aKeptDescriptorOfTheProgramStaysReadOnly() async throws {
        try await KeeperFixture.with { fixture in
            // Its own pid namespace is not needed: the container sees the keeper itself, as with `--pid host`.
            let keeper = fixture.link.keeperPID
            var spec = fixture.spec([
                "sh", "-c", "exec 2>&1 3< /proc/\(keeper)/exe; read x; (echo x > /proc/self/fd/3) || echo refused",
            ])
            spec.linux?.namespaces?.removeAll { $0.type == .pid }
            let all = Capability.allCases.map(\.name)
            spec.process?.capabilities = RuntimeSpec.Capabilities(bounding: all, effective: all, permitted: all)
            let stdio = StdioPlan(.relay, log: LogPlan(path: "\(fixture.base)/a/log"), opensInput: true)
            _ = try await fixture.link.launch(fixture.plan("a", spec, stdio: stdio))
            try await fixture.link.upgrade(to: KeeperFixture.program)
            try #require(try await fixture.link.attach("a", input: true).input).write("\n")
            _ = try await fixture.exited("a")
            let log = try fixture.logText("a")
            #expect(log.contains("Read-only file system"))
            #expect(log.hasSuffix("refused\n"))
        }
    }

    /// CVE-2024-21626: a working directory that leads to a leaked descriptor.
    @Test func leakedDescriptorsAreNoWorkingDirectory() async throws {
        try await KeeperFixture.with { fixture in
            for number in 3..<24 {
                var spec = fixture.spec(["sh", "-c", "ls -d ../../../etc/debian_version; pwd"])
                spec.process?.cwd = "/proc/self/fd/\(number)"
                let plan = try await fixture.plan("a", spec)
                do {
                    let result = try await fixture.run(plan)
                    #expect(!result.log.contains("debian_version\n") || result.exit.code != 0)
                } catch let error as KeeperError {
                    #expect(error.step == "directory")
                }
            }
        }
    }

    @Test func noDescriptorOfTheKeeperReachesTheProgram() async throws {
        try await KeeperFixture.with { fixture in
            let log = try await fixture.run("a", "ls /proc/self/fd").log
            // 3 is the listing's own directory.
            #expect(log == "0\n1\n2\n3\n")
        }
    }

    /// CVE-2019-19921, CVE-2023-27561: /proc is a link in the image.
    @Test func procOverALinkIsRefused() async throws {
        try await KeeperFixture.with { fixture in
            try Directory.make("\(fixture.base)/evil/elsewhere")
            try File.symbolicLink("\(fixture.base)/evil/proc", to: "/elsewhere")
            var plan = try await fixture.plan("a", fixture.spec(["true"]))
            plan.root = .overlay(
                lower: ["\(fixture.base)/evil", "\(fixture.base)/layer"], upper: "\(fixture.base)/a/upper",
                work: "\(fixture.base)/a/work"
            )
            let failure = await #expect(throws: KeeperError.self) { try await fixture.link.launch(plan) }
            #expect(failure?.step == "mount")
            #expect(failure?.message.contains("/proc") == true)
        }
    }

    /// CVE-2021-30465, CVE-2026-41579: targets behind links of the image must land inside the root.
    @Test func mountTargetsBehindLinksStayInside() async throws {
        try await KeeperFixture.with { fixture in
            let outside = "\(fixture.base)/outside"
            try Directory.make(outside)
            try Directory.make("\(fixture.base)/evil")
            try File.symbolicLink("\(fixture.base)/evil/data", to: "../../../../../../..\(outside)")
            try File.symbolicLink("\(fixture.base)/evil/dev", to: outside)
            try Directory.make("\(fixture.base)/volume")
            var spec = fixture.spec(["sh", "-c", "ls -d \(outside)/null; cat /data/mark"])
            spec.mounts?.append(
                .init(destination: "/data", type: "bind", source: "\(fixture.base)/volume", options: ["rbind"]))
            try File.write("\(fixture.base)/volume/mark", Array("mark\n".utf8))
            var plan = try await fixture.plan("a", spec)
            plan.root = .overlay(
                lower: ["\(fixture.base)/evil", "\(fixture.base)/layer"], upper: "\(fixture.base)/a/upper",
                work: "\(fixture.base)/a/work"
            )
            let log = try await fixture.run(plan).log
            #expect(log == "\(outside)/null\nmark\n")
            #expect(try Directory.entries(outside).isEmpty)
        }
    }

    /// CVE-2025-31133: /dev/null of the image is a link, the mask would show what it points to.
    @Test func masksAreNotMadeFromTheImagesNull() async throws {
        try await KeeperFixture.with { fixture in
            try Directory.make("\(fixture.base)/evil/dev")
            try File.symbolicLink("\(fixture.base)/evil/dev/null", to: "/proc/sys/kernel/core_pattern")
            var spec = fixture.spec(["true"])
            spec.mounts?.removeAll { $0.destination.hasPrefix("/dev") }
            var plan = try await fixture.plan("a", spec)
            plan.root = .overlay(
                lower: ["\(fixture.base)/evil", "\(fixture.base)/layer"], upper: "\(fixture.base)/a/upper",
                work: "\(fixture.base)/a/work"
            )
            await #expect(throws: KeeperError.self) { try await fixture.link.launch(plan) }
        }
    }

    /// CVE-2022-0492: release_agent of a v1 hierarchy.
    @Test func controlGroupFilesAreReadOnly() async throws {
        try await KeeperFixture.with { fixture in
            let script =
                "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do echo /x > $d/release_agent; mkdir $d/y; done 2>/dev/null; ls -d /sys/fs/cgroup/*/y /sys/fs/cgroup/y 2>/dev/null | wc -l"
            let log = try await fixture.run("a", script).log
            #expect(log.hasSuffix("0\n"))
        }
    }
}
