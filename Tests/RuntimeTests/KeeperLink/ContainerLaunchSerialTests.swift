import Keeper
import OCI
import Runtime
import SystemLinux
import Testing

/// Containers started by a real keeper.
@Suite(.serialized, .enabled(if: KeeperFixture.isPrivileged, "needs root"))
struct ContainerLaunchSerialTests {
    @Test func theExitCodeAndOutputOfAProgramAreKept() async throws {
        try await KeeperFixture.with { fixture in
            let (exit, _) = try await fixture.run("a", "echo out; echo err >&2; printf unfinished; exit 7")
            #expect(exit.code == 7)
            #expect(exit.reason == .exited)
            #expect(!exit.outOfMemory)
            let entries = try LogFile.entries("\(fixture.base)/a/log")
            #expect(entries.filter { $0.stream == "stdout" }.map(\.log) == ["out\n", "unfinished"])
            #expect(entries.filter { $0.stream == "stderr" }.map(\.log) == ["err\n"])
            #expect(entries.allSatisfy { $0.time.hasSuffix("Z") && $0.time.count == 30 })
        }
    }

    @Test func aSignalEndsAProgramWith128PlusItsNumber() async throws {
        try await KeeperFixture.with { fixture in
            _ = try await fixture.link.launch(fixture.plan("a", fixture.spec(["sleep", "60"])))
            try await fixture.link.signal("a", 9)
            let exit = try await fixture.exited("a")
            #expect(exit.code == 137)
            #expect(exit.reason == .signaled)
            await #expect(throws: KeeperError.self) { try await fixture.link.signal("a", 9) }
        }
    }

    @Test func aMissingProgramNamesStepAndErrno() async throws {
        try await KeeperFixture.with { fixture in
            for (program, errno) in [("nothing-here", Errno.noEntry), ("/etc", .accessDenied)] {
                let plan = try await fixture.plan("a", fixture.spec([program]))
                let failure = await #expect(throws: KeeperError.self) { try await fixture.link.launch(plan) }
                #expect(failure?.code == .launchFailed)
                #expect(failure?.step == "exec")
                #expect(failure?.errno == errno)
                #expect(failure?.message.contains(program) == true)
                #expect(try await fixture.link.list().isEmpty)
            }
        }
    }

    @Test func namespacesAreTheContainersOwn() async throws {
        try await KeeperFixture.with { fixture in
            let script =
                "echo $$; hostname; ls /proc | grep -c '^[0-9]'; for n in mnt pid net uts ipc cgroup; do readlink /proc/self/ns/$n; done; ls /sys/class/net"
            let lines = try await fixture.run("a", script).log.split(separator: "\n").map(String.init)
            #expect(Array(lines.prefix(2)) == ["1", "box"])
            #expect(Int(lines[2]).map { $0 <= 4 } == true)
            for (index, kind) in ["mnt", "pid", "net", "uts", "ipc", "cgroup"].enumerated() {
                #expect(lines[3 + index].hasPrefix("\(kind):["))
                #expect(lines[3 + index] != (try File.readLink("/proc/self/ns/\(kind)")))
            }
            #expect(lines.last == "lo")
        }
    }

    @Test func maskedAndReadOnlyPathsHold() async throws {
        try await KeeperFixture.with { fixture in
            try Directory.make("\(fixture.base)/layer/secret/below")
            let script = """
                cat /proc/keys | wc -c; ls /sys/firmware | wc -l; ls /secret | wc -l
                touch /proc/sys/kernel/hostname 2>&1; echo x > /proc/sys/kernel/hostname; echo $?
                mkdir /sys/fs/cgroup/memory/x 2>/dev/null; mkdir /sys/fs/cgroup/x 2>/dev/null; echo $?
                umount /proc/keys 2>/dev/null; echo $?
                """
            let log = try await fixture.run("a", script).log
            let lines = log.split(separator: "\n").map(String.init)
            #expect(Array(lines.prefix(3)) == ["0", "0", "0"])
            #expect(log.contains("Read-only file system"))
            #expect(Array(lines.suffix(2)) == ["1", "1"])
        }
    }

    @Test func devicesAreExactlyTheStandardOnes() async throws {
        try await KeeperFixture.with { fixture in
            let script =
                "ls -1 /dev; head -c 3 /dev/zero | wc -c; echo x > /dev/null; readlink /dev/fd; readlink /dev/ptmx; stat -c '%t:%T %a' /dev/null"
            let lines = try await fixture.run("a", script).log.split(separator: "\n").map(String.init)
            let devices = [
                "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
                "urandom", "zero",
            ]
            #expect(Array(lines.prefix(devices.count)) == devices)
            #expect(Array(lines.dropFirst(devices.count)) == ["3", "/proc/self/fd", "pts/ptmx", "1:3 666"])
        }
    }

    @Test func capabilitiesUserAndFilterAreSet() async throws {
        try await KeeperFixture.with { fixture in
            var spec = fixture.spec(["sh", "-c", "grep -E 'Cap|Seccomp:|NoNewPrivs' /proc/self/status; id; umask"])
            spec.process?.user = RuntimeSpec.User(uid: 1000, gid: 1001, umask: 0o27, additionalGids: [5, 6])
            spec.process?.noNewPrivileges = true
            let log = try await fixture.run(fixture.plan("a", spec)).log
            #expect(log.contains("CapInh:\t0000000000000000"))
            // A program of an ordinary user keeps nothing over execve; the bounding set is Docker's.
            #expect(log.contains("CapEff:\t0000000000000000"))
            #expect(log.contains("CapBnd:\t00000000a80425fb"))
            #expect(log.contains("CapAmb:\t0000000000000000"))
            #expect(log.contains("NoNewPrivs:\t1"))
            #expect(log.contains("Seccomp:\t2"))
            #expect(log.contains("uid=1000 gid=1001 groups=5,6"))
            #expect(log.contains("0027"))
        }
    }

    @Test func theFilterRefusesWhatDockerRefuses() async throws {
        try await KeeperFixture.with { fixture in
            var spec = fixture.spec([
                "sh", "-c", "mount -t tmpfs none /etc; echo mount $?; unshare -r true; echo unshare $?",
            ])
            // With every capability the filter alone stands in the way of nothing; with Docker's set both do.
            let confined = try await fixture.run(fixture.plan("a", spec)).log
            #expect(confined.contains("mount 1"))
            #expect(confined.contains("unshare 127") || confined.contains("unshare 1"))
            let all = Capability.allCases.map(\.name)
            spec.process?.capabilities = RuntimeSpec.Capabilities(bounding: all, effective: all, permitted: all)
            let free = try await fixture.run(fixture.plan("b", spec)).log
            #expect(free.contains("mount 0"))
        }
    }

    @Test func bindMountsTmpfsAndWorkingDirectoryAreMade() async throws {
        try await KeeperFixture.with { fixture in
            try File.write("\(fixture.base)/hosts", Array("127.0.0.1 me\n".utf8))
            try Directory.make("\(fixture.base)/volume")
            var spec = fixture.spec([
                "sh", "-c",
                "exec 2>&1; cat /etc/hosts; echo x > /data/file; echo y > /etc/hosts; echo $?; pwd; ls -ld /scratch; touch /scratch/ok && echo ok",
            ])
            spec.process?.cwd = "/made/on/demand"
            spec.mounts?.append(
                .init(
                    destination: "/etc/hosts", type: "bind", source: "\(fixture.base)/hosts", options: ["rbind", "ro"]))
            spec.mounts?.append(
                .init(destination: "/data", type: "bind", source: "\(fixture.base)/volume", options: ["rbind", "rw"]))
            spec.mounts?.append(
                .init(
                    destination: "/scratch", type: "tmpfs", source: "tmpfs",
                    options: ["mode=1777", "size=1m", "noexec"]))
            let log = try await fixture.run(fixture.plan("a", spec)).log
            #expect(log.contains("127.0.0.1 me"))
            #expect(log.contains("\n1\n/made/on/demand\n"))
            #expect(log.contains("drwxrwxrwt"))
            #expect(log.hasSuffix("ok\n"))
            #expect(try File.readText("\(fixture.base)/volume/file") == "x\n")
            #expect(try File.readText("\(fixture.base)/hosts") == "127.0.0.1 me\n")
        }
    }

    @Test func anEmptyVolumeTakesOverTheImagesContent() async throws {
        try await KeeperFixture.with { fixture in
            try Directory.make("\(fixture.base)/layer/seed/deep")
            try File.write("\(fixture.base)/layer/seed/deep/file", Array("content".utf8), mode: 0o640)
            try Directory.make("\(fixture.base)/volume")
            var spec = fixture.spec(["sh", "-c", "cat /seed/deep/file; stat -c %a /seed/deep/file"])
            spec.mounts?.append(
                .init(destination: "/seed", type: "bind", source: "\(fixture.base)/volume", options: ["rbind"]))
            var plan = try await fixture.plan("a", spec)
            plan.copyUpDestinations = ["/seed"]
            #expect(try await fixture.run(plan).log == "content640\n")
            #expect(try File.readText("\(fixture.base)/volume/deep/file") == "content")
        }
    }

    @Test func aReadOnlyRootAndSysctlsHold() async throws {
        try await KeeperFixture.with { fixture in
            var spec = fixture.spec([
                "sh", "-c", "touch /x; echo $?; cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
            ])
            spec.root = RuntimeSpec.Root(path: "rootfs", readonly: true)
            spec.linux?.sysctl = ["net.ipv4.ip_unprivileged_port_start": "7"]
            let log = try await fixture.run(fixture.plan("a", spec)).log
            #expect(log.hasSuffix("1\n7\n"))
        }
    }

    @Test func initReapsOrphansAndPassesSignalsOn() async throws {
        try await KeeperFixture.with { fixture in
            let script =
                "echo $$; (usleep 1000 &) ; usleep 50000; ps -o pid,stat | grep -c Z; trap 'exit 5' TERM; echo ready; while :; do usleep 10000; done"
            var plan = try await fixture.plan("a", fixture.spec(["sh", "-c", script]))
            plan.usesInit = true
            _ = try await fixture.link.launch(plan)
            try await fixture.untilLog("a", contains: "ready")
            try await fixture.link.signal("a", 15)
            #expect(try await fixture.exited("a").code == 5)
            let lines = try fixture.logText("a").split(separator: "\n")
            #expect(lines.first == "2")
            #expect(lines.dropFirst().first == "0")
        }
    }

    @Test func aCreatedContainerWaitsForStart() async throws {
        try await KeeperFixture.with { fixture in
            var plan = try await fixture.plan("a", fixture.spec(["echo", "now"]))
            plan.waitsForStart = true
            let started = try await fixture.link.launch(plan)
            #expect(started.record.state == .created)
            let streams = try await fixture.link.attach("a", input: false)
            #expect(try fixture.logText("a").isEmpty)
            try await fixture.link.start("a")
            #expect(try await fixture.exited("a").code == 0)
            #expect(try await fixture.read(try #require(streams.output)) == "now\n")
        }
    }

    @Test func outOfMemoryIsTold() async throws {
        try await KeeperFixture.with { fixture in
            var limits = CgroupLimits()
            limits.memoryBytes = 16 << 20
            limits.memoryAndSwapBytes = 16 << 20
            let plan = try await fixture.plan("a", fixture.spec(["tail", "/dev/zero"]), limits: limits)
            let exit = try await fixture.run(plan).exit
            #expect(exit.reason == .outOfMemory)
            #expect(exit.code == 137)
            #expect(exit.outOfMemory)
        }
    }

    @Test func limitsOfTheGroupAreTheContainers() async throws {
        try await KeeperFixture.with { fixture in
            var limits = CgroupLimits()
            limits.pids = 50
            limits.devices = [
                .init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3),
                .init(allow: true, type: "c", access: "m"),
            ]
            let spec = fixture.spec(["sh", "-c", "echo x > /dev/null; echo $?; head -c 1 /dev/zero; echo $?"])
            let log = try await fixture.run(fixture.plan("a", spec, limits: limits)).log
            #expect(log.hasPrefix("0\n"))
            #expect(log.contains("Operation not permitted"))
            #expect(fixture.group("a").statistics().pidsLimit == 50)
        }
    }

    @Test func rlimitsThatCannotBeRaisedFailOnlyWhenAskedFor() async throws {
        try await KeeperFixture.with { fixture in
            var spec = fixture.spec(["sh", "-c", "ulimit -n"])
            spec.process?.rlimits = [.init(type: "RLIMIT_NOFILE", soft: 99, hard: 100)]
            #expect(try await fixture.run(fixture.plan("a", spec)).log == "99\n")
            let mayRaise = try CapabilitySet.effective().has(.sysResource)
            spec.process?.rlimits = [
                .init(type: "RLIMIT_CORE", soft: .max, hard: .max),
                .init(type: "RLIMIT_NOFILE", soft: 1 << 30, hard: 1 << 30),
            ]
            #expect(try await fixture.run(fixture.plan("b", spec)).exit.code == 0)
            if mayRaise { return }
            var plan = try await fixture.plan("c", spec)
            plan.requiredRlimits = ["RLIMIT_NOFILE"]
            let failure = await #expect(throws: KeeperError.self) { try await fixture.link.launch(plan) }
            #expect(failure?.step == "limits")
        }
    }

    @Test func aUserNamespaceMapsRootToAnOrdinaryUser() async throws {
        try await KeeperFixture.with { fixture in
            var spec = fixture.spec([
                "sh", "-c",
                "exec 2>&1; id -u; cat /proc/self/uid_map; touch /made; ls -ln /made; mknod /x c 1 3; echo $?; echo x > /dev/null",
            ])
            spec.linux?.namespaces?.append(.init(.user))
            spec.linux?.uidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
            spec.linux?.gidMappings = [.init(containerID: 0, hostID: 100_000, size: 65_536)]
            let plan = try await fixture.plan("a", spec)
            for directory in ["upper", "work"] {
                try File.setOwner("\(fixture.base)/a/\(directory)", userID: 100_000, groupID: 100_000)
            }
            let (exit, log) = try await fixture.run(plan)
            #expect(exit.code == 0)
            #expect(log.hasPrefix("0\n"))
            #expect(log.contains("100000"))
            #expect(log.contains("Operation not permitted\n1\n"))
            let owner = try File.status("\(fixture.base)/a/upper/made").userID
            #expect(owner == 100_000)
        }
    }
}
