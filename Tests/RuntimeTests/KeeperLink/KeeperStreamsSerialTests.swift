import Keeper
import OCI
import Runtime
import SystemLinux
import Testing

/// Attach, terminals, exec, logs.
@Suite(.serialized, .enabled(if: KeeperFixture.isPrivileged, "needs root"))
struct KeeperStreamsSerialTests {
    @Test func anAttachedClientTalksToTheProgram() async throws {
        try await KeeperFixture.with { fixture in
            let stdio = StdioPlan(
                .relay, log: LogPlan(path: "\(fixture.base)/a/log"), opensInput: true, closesInputOnce: true
            )
            var plan = try await fixture.plan("a", fixture.spec(["sh", "-c", "cat; echo end >&2"]), stdio: stdio)
            plan.waitsForStart = true
            _ = try await fixture.link.launch(plan)
            let streams = try await fixture.link.attach("a", input: true, lossless: true)
            try await fixture.link.start("a")
            let input = try #require(streams.input)
            try input.write("one\ntwo\n")
            // Half-close: the program reads the end, its output still comes.
            input.close()
            #expect(try await fixture.read(#require(streams.output)) == "one\ntwo\n")
            #expect(try await fixture.read(#require(streams.errors)) == "end\n")
            #expect(try await fixture.exited("a").code == 0)
        }
    }

    @Test func severalClientsSeeTheSameOutput() async throws {
        try await KeeperFixture.with { fixture in
            var plan = try await fixture.plan("a", fixture.spec(["seq", "1", "20000"]))
            plan.waitsForStart = true
            _ = try await fixture.link.launch(plan)
            let first = try await fixture.link.attach("a", input: false, lossless: true)
            let second = try await fixture.link.attach("a", input: false, lossless: true)
            try await fixture.link.start("a")
            async let one = fixture.read(#require(first.output))
            async let two = fixture.read(#require(second.output))
            let expected = (1...20000).map { "\($0)\n" }.joined()
            #expect(try await one == expected)
            #expect(try await two == expected)
            #expect(try await fixture.exited("a").code == 0)
            #expect(try fixture.logText("a") == expected)
        }
    }

    @Test func aClientThatNeverReadsIsDroppedAndTheLogGoesOn() async throws {
        try await KeeperFixture.with { fixture in
            let bytes = 3 << 20
            let log = LogPlan(path: "\(fixture.base)/a/log", maxSizeBytes: 0)
            let spec = fixture.spec(["sh", "-c", "yes 0123456789abcde | head -c \(bytes)"])
            var plan = try await fixture.plan("a", spec, stdio: StdioPlan(.relay, log: log))
            plan.waitsForStart = true
            _ = try await fixture.link.launch(plan)
            let streams = try await fixture.link.attach("a", input: false)
            try await fixture.link.start("a")
            #expect(try await fixture.exited("a").code == 0)
            #expect(try fixture.logText("a").utf8.count == bytes)
            #expect(await fixture.journal.dropped == ["a"])
            withExtendedLifetime(streams) {}
        }
    }

    @Test func aLosslessClientGetsEverythingHoweverSlow() async throws {
        try await KeeperFixture.with { fixture in
            let bytes = 3 << 20
            var plan = try await fixture.plan(
                "a", fixture.spec(["sh", "-c", "yes 0123456789abcde | head -c \(bytes)"]))
            plan.waitsForStart = true
            _ = try await fixture.link.launch(plan)
            let streams = try await fixture.link.attach("a", input: false, lossless: true)
            try await fixture.link.start("a")
            // Longer than the kernel's buffers last.
            try await fixture.until("the client's pipe is full") {
                try #require(streams.output).bytesWaiting() >= 1 << 20
            }
            #expect(try await fixture.read(#require(streams.output)).utf8.count == bytes)
            #expect(try await fixture.exited("a").code == 0)
            #expect(await fixture.journal.dropped.isEmpty)
        }
    }

    @Test func aTerminalIsTheProgramsOwn() async throws {
        try await KeeperFixture.with { fixture in
            let stdio = StdioPlan(
                .terminal(rows: 33, columns: 99), log: LogPlan(path: "\(fixture.base)/a/log"), opensInput: true
            )
            let script =
                "tty; stty size; test -c /dev/console && echo console; read line; echo got $line; stty size; kill -INT $$"
            let plan = try await fixture.plan("a", fixture.spec(["sh", "-c", script], terminal: true), stdio: stdio)
            let started = try await fixture.link.launch(plan)
            #expect(started.terminal != nil)
            let streams = try await fixture.link.attach("a", input: true, lossless: true)
            try await fixture.untilLog("a", contains: "console")
            try await fixture.link.resize("a", rows: 11, columns: 22)
            try #require(streams.input).write("word\n")
            #expect(try await fixture.exited("a").code == 130)
            let log = String(String.UnicodeScalarView(try fixture.logText("a").unicodeScalars.filter { $0 != "\r" }))
            #expect(log.hasPrefix("/dev/pts/0\n33 99\nconsole\n"))
            #expect(log.contains("got word\n11 22\n"))
        }
    }

    @Test func execJoinsTheContainer() async throws {
        try await KeeperFixture.with { fixture in
            _ = try await fixture.link.launch(fixture.plan("a", fixture.spec(["sleep", "60"])))
            let (outputRead, outputWrite) = try OwnedFD.pipe()
            let (errorsRead, errorsWrite) = try OwnedFD.pipe()
            let null = try File.open("/dev/null")
            let script =
                "hostname; ls /proc | grep -c '^[0-9]'; grep CapBnd /proc/self/status; cat /proc/self/cgroup | head -1; env; exit 9"
            var process = try #require(fixture.spec(["sh", "-c", script]).process)
            process.env = ["PATH=/bin", "A=b"]
            let plan = ExecPlan(id: "e", container: "a", process: process, stdio: StdioPlan(.descriptors))
            _ = try await fixture.link.exec(plan, descriptors: [null, outputWrite, errorsWrite])
            outputWrite.close()
            errorsWrite.close()
            let output = try await fixture.read(outputRead)
            #expect(output.hasPrefix("box\n3\n") || output.hasPrefix("box\n4\n"))
            #expect(output.contains("CapBnd:\t00000000a80425fb"))
            #expect(output.contains("A=b"))
            #expect(try await fixture.read(errorsRead).isEmpty)
            let exit = try await fixture.exited("e")
            #expect(exit.code == 9)
            #expect(exit.container == "a")
            try await fixture.link.signal("a", 9)
            _ = try await fixture.exited("a")
            let late = await #expect(throws: KeeperError.self) {
                try await fixture.link.exec(
                    ExecPlan(id: "f", container: "a", process: process, stdio: StdioPlan(.null)))
            }
            #expect(late?.code == .notRunning)
        }
    }

    @Test func execCanHaveATerminal() async throws {
        try await KeeperFixture.with { fixture in
            _ = try await fixture.link.launch(fixture.plan("a", fixture.spec(["sleep", "60"])))
            let process = try #require(fixture.spec(["sh", "-c", "tty; read x; echo $x"], terminal: true).process)
            let stdio = StdioPlan(.terminal(rows: 5, columns: 6), opensInput: true)
            var plan = ExecPlan(id: "e", container: "a", process: process, stdio: stdio)
            plan.waitsForStart = true
            _ = try await fixture.link.exec(plan)
            let streams = try await fixture.link.attach("e", input: true, lossless: true)
            try await fixture.link.start("e")
            try #require(streams.input).write("hello\n")
            let output = try await fixture.read(#require(streams.output))
            // The terminal's echo and the program's own line, in whichever order with what `tty` says.
            #expect(output.split(separator: "\r\n").sorted() == ["/dev/pts/0", "hello", "hello"])
            #expect(try await fixture.exited("e").code == 0)
        }
    }

    @Test func logsRotateAndStayBounded() async throws {
        try await KeeperFixture.with { fixture in
            let log = LogPlan(path: "\(fixture.base)/a/log", maxSizeBytes: 10_000, maxFiles: 3)
            let plan = try await fixture.plan(
                "a", fixture.spec(["seq", "1", "2000"]), stdio: StdioPlan(.relay, log: log))
            #expect(try await fixture.run(plan).exit.code == 0)
            let sizes = try ["log", "log.1", "log.2"].map { try File.status("\(fixture.base)/a/\($0)").sizeBytes }
            #expect(sizes.allSatisfy { $0 <= 11_000 })
            #expect(!File.exists("\(fixture.base)/a/log.3"))
            let kept = try ["log.2", "log.1", "log"].flatMap { try LogFile.entries("\(fixture.base)/a/\($0)") }.map(
                \.log)
            #expect(kept.last == "2000\n")
            #expect(kept == (2001 - kept.count...2000).map { "\($0)\n" })
        }
    }

    @Test func aNamedContainersNamespaceCanBeShared() async throws {
        try await KeeperFixture.with { fixture in
            _ = try await fixture.link.launch(fixture.plan("a", fixture.spec(["sleep", "60"])))
            var spec = fixture.spec([
                "sh", "-c", "ps -o args | grep -c '^sleep 60'; readlink /proc/self/ns/net /proc/self/ns/net | head -1",
            ])
            spec.hostname = nil
            spec.linux?.namespaces = [
                .init(.mount), .init(.pid, path: "container:a"), .init(.network, path: "container:a"),
                .init(.ipc, path: "container:a"), .init(.uts, path: "container:a"),
            ]
            let log = try await fixture.run(fixture.plan("b", spec)).log
            #expect(log.hasPrefix("1\n"))
        }
    }
}
