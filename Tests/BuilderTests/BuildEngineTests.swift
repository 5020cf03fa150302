import Effects
import Images
import OCI
import SystemLinux
import Testing

@testable import Builder

@Suite(.enabled(if: isRoot, "needs root: the store's trees belong to root"))
struct BuildEngineTests {
    static let simple = """
        FROM scratch
        WORKDIR /app
        COPY . /app
        RUN write /app/out made && print hello
        ENV NAME World
        CMD ["python", "app.py"]
        """

    @Test("layers, configuration and history come out as written") func simple() async throws {
        try await EngineFixture.with { fixture in
            try fixture.file("app.py", "print(1)")
            let result = try await fixture.build(Self.simple, tags: ["demo:1"])
            let image = try await fixture.images.image(id: result.imageID)
            #expect(image.layers.count == 3)
            #expect(image.config.config?.cmd == ["python", "app.py"])
            #expect(image.config.config?.workingDir == "/app")
            #expect(image.config.config?.env == ["PATH=\(StagePlanner.defaultPath)", "NAME=World"])
            #expect(
                image.config.history?.map(\.createdBy) == [
                    "WORKDIR /app", "COPY . /app # buildkit",
                    "RUN /bin/sh -c write /app/out made && print hello # buildkit", "ENV NAME=World",
                    "CMD [\"python\" \"app.py\"]",
                ])
            #expect(image.config.history?.map { $0.emptyLayer ?? false } == [false, false, false, true, true])
            #expect(try await fixture.text("app/app.py", in: result.imageID) == "print(1)")
            #expect(try await fixture.text("app/out", in: result.imageID) == "made")
            #expect(try await fixture.images.find(Reference("demo:1"))?.id == result.imageID)
        }
    }

    @Test("a second build is all cached and gives the same image") func cached() async throws {
        try await EngineFixture.with { fixture in
            try fixture.file("app.py", "print(1)")
            let first = try await fixture.build(Self.simple)
            #expect(first.cachedCount == 0)
            let second = try await fixture.build(Self.simple)
            #expect(second.imageID == first.imageID)
            #expect(second.cachedCount == 3 && second.stepCount == 3)
            #expect(fixture.runner.steps.count == 1)
            try await fixture.build(Self.simple) { $0.ignoresCache = true }
            #expect(fixture.runner.steps.count == 2)
        }
    }

    @Test("a changed file rebuilds from its COPY on, and the miss says so") func changed() async throws {
        try await EngineFixture.with { fixture in
            try fixture.file("app.py", "print(1)")
            try await fixture.build(Self.simple)
            try fixture.file("app.py", "print(2)")
            try await fixture.build(Self.simple)
            #expect(
                fixture.outcomes == [
                    "cached WORKDIR /app", "built COPY . /app", "built RUN write /app/out made && print hello",
                ])
            #expect(fixture.changes == [["files"], ["parent"]])
        }
    }

    @Test("a changed time alone changes nothing") func touched() async throws {
        try await EngineFixture.with { fixture in
            try fixture.file("app.py", "print(1)")
            let first = try await fixture.build(Self.simple)
            try File.setModified(fixture.scratch.path + "/context/app.py", nanoseconds: 1)
            #expect(try await fixture.build(Self.simple).imageID == first.imageID)
        }
    }

    @Test("only needed stages run, and COPY --from takes their files") func stages() async throws {
        try await EngineFixture.with { fixture in
            let text = """
                FROM scratch AS unused
                RUN exit 9
                FROM scratch AS build
                ARG VERSION=1
                RUN write /out/bin v$VERSION
                FROM scratch
                COPY --from=build /out/bin /bin/app
                """
            let result = try await fixture.build(text)
            #expect(try await fixture.text("bin/app", in: result.imageID) == "v$VERSION")
            #expect(fixture.runner.steps.count == 1)
            #expect(fixture.runner.steps[0].environment.contains("VERSION=1"))
            let again = try await fixture.build(text)
            #expect(again.imageID == result.imageID)
        }
    }

    @Test("independent stages run at the same time") func parallel() async throws {
        try await EngineFixture.with { fixture in
            let text = """
                FROM scratch AS one
                RUN pause && write /1 x
                FROM scratch AS two
                RUN pause && write /2 x
                FROM scratch
                COPY --from=one /1 /
                COPY --from=two /2 /
                """
            try await fixture.build(text)
            #expect(fixture.runner.load.most == 2)
        }
    }

    @Test("a failing RUN names line, command and exit code, and leaves nothing") func failure() async throws {
        try await EngineFixture.with { fixture in
            let error = await #expect(throws: BuilderError.self) {
                try await fixture.build("FROM scratch\nRUN print before && exit 3\n")
            }
            #expect(error?.code == .stepFailed)
            #expect(error?.exitCode == 3)
            #expect(error?.location?.range == SourceRange(2, 2))
            #expect(error?.message.contains("exit code: 3") == true)
            let (left, images) = (try await fixture.leftovers(), try await fixture.images.list())
            #expect(left.isEmpty)
            #expect(images.isEmpty)
        }
    }

    @Test("a cancelled build kills its step and leaves nothing behind") func cancellation() async throws {
        try await EngineFixture.with { fixture in
            let (engine, runner) = (fixture.engine, fixture.runner)
            var request = BuildRequest(contextDirectory: fixture.scratch.path + "/context")
            request.dockerfile = .init(name: "Dockerfile", bytes: Array("FROM scratch\nRUN wait\n".utf8))
            let given = request
            let task = Task { try await engine.build(given) { _ in } }
            while runner.steps.isEmpty { try await Effects.live.time.sleep(for: .milliseconds(5)) }
            task.cancel()
            let error = await #expect(throws: BuilderError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            let left = try await fixture.leftovers()
            #expect(left.isEmpty)
        }
    }

    @Test("two builds of the same thing run each step once") func singleFlight() async throws {
        try await EngineFixture.with { fixture in
            let engine = fixture.engine
            var request = BuildRequest(contextDirectory: fixture.scratch.path + "/context")
            request.dockerfile = .init(name: "Dockerfile", bytes: Array("FROM scratch\nRUN pause && write /x 1\n".utf8))
            let given = request
            async let one = engine.build(given) { _ in }
            async let two = engine.build(given) { _ in }
            let ids = try await [one.imageID, two.imageID]
            #expect(ids[0] == ids[1])
            #expect(fixture.runner.steps.count == 1)
        }
    }

    @Test("certificates and proxies of the host reach RUN and leave no trace") func trust() async throws {
        let trust = HostTrust.Decision(
            environment: ["SSL_CERT_FILE": HostTrust.bundlePath, "HTTPS_PROXY": "http://secret-proxy:1"],
            bundle: "/etc/passwd")
        try await EngineFixture.with(trust: trust) { fixture in
            let result = try await fixture.build("FROM scratch\nENV SSL_CERT_FILE=/mine\nRUN write /x 1\n")
            let step = try #require(fixture.runner.steps.first)
            #expect(step.environment.contains("HTTPS_PROXY=http://secret-proxy:1"))
            #expect(step.environment.filter { $0.hasPrefix("SSL_CERT_FILE=") } == ["SSL_CERT_FILE=/mine"])
            #expect(
                step.mounts.first
                    == StepMount(source: .path("/etc/passwd"), target: HostTrust.bundlePath, isReadOnly: true))
            let image = try await fixture.images.image(id: result.imageID)
            #expect(!"\(image.config)".contains("secret-proxy"))
            let tree = try await fixture.images.layerTree(image.layers[0])
            #expect(try Directory.entries(tree).map(\.name) == ["x"])
            let records = try await fixture.engine.cache.records()
            #expect(records.count == 1)
        }
    }

    @Test("mount points exist for the step but are in no layer") func mountPoints() async throws {
        try await EngineFixture.with { fixture in
            let text = """
                FROM scratch AS source
                COPY data /data/
                FROM scratch
                RUN --mount=type=cache,target=/root/.cache --mount=from=source,source=/data,target=/in \\
                    --mount=type=tmpfs,target=/scratch --mount=type=secret,id=s --mount=type=secret,id=e,env=TOKEN \\
                    --mount=type=bind,source=data,target=/ctx write /made 1
                """
            try fixture.file("data", "content")
            let result = try await fixture.build(text) {
                $0.secrets = ["s": Array("x".utf8), "e": Array("t0ken".utf8)]
            }
            let step = try #require(fixture.runner.steps.first)
            #expect(step.mounts.map(\.target) == ["/root/.cache", "/in", "/scratch", "/run/secrets/s", "/ctx"])
            #expect(step.environment.contains("TOKEN=t0ken"))
            let image = try await fixture.images.image(id: result.imageID)
            let tree = try await fixture.images.layerTree(image.layers[0])
            #expect(try Directory.entries(tree).map(\.name) == ["made"])
            for record in try await fixture.engine.cache.records() { #expect(!"\(record)".contains("t0ken")) }
            #expect(try Directory.entries(fixture.scratch.path + "/run").isEmpty)
        }
    }

    @Test("a required secret that is missing is an error with its place") func missingSecret() async throws {
        try await EngineFixture.with { fixture in
            let error = await #expect(throws: BuilderError.self) {
                try await fixture.build("FROM scratch\nRUN --mount=type=secret,id=k,required write /x 1\n")
            }
            #expect(error?.location?.range.start == 2)
            #expect(error?.message.contains("secret k") == true)
        }
    }

    @Test("missing files, bases and targets are errors with a place or a name") func badInput() async throws {
        try await EngineFixture.with { fixture in
            let missing = await #expect(throws: BuilderError.self) {
                try await fixture.build("FROM scratch\nCOPY nothing /x\n")
            }
            #expect(missing?.location?.range.start == 2)
            #expect(missing?.message.contains("\"/nothing\" not found in the build context") == true)
            let base = await #expect(throws: BuilderError.self) { try await fixture.build("FROM nowhere/none:1\n") }
            #expect(base?.code == .base)
            #expect(base?.message.contains("nowhere/none:1") == true)
            await #expect(throws: BuilderError.self) {
                try await fixture.build("FROM scratch\n") { $0.target = "gone" }
            }
            await #expect(throws: BuilderError.self) {
                try await fixture.build("FROM --platform=linux/s390x scratch\nRUN write /x 1\n")
            }
        }
    }

    @Test("an image that was built is a base, with its ONBUILD triggers") func base() async throws {
        try await EngineFixture.with { fixture in
            try fixture.file("f", "F")
            try await fixture.build("FROM scratch\nENV A=1\nONBUILD COPY f /from-trigger\n", tags: ["base"])
            let result = try await fixture.build("FROM base\nENV B=$A\n")
            let image = try await fixture.images.image(id: result.imageID)
            #expect(image.config.config?.env?.dropFirst() == ["A=1", "B=1"])
            #expect(try await fixture.text("from-trigger", in: result.imageID) == "F")
        }
    }

    @Test("labels of the request are above the Dockerfile's") func labels() async throws {
        try await EngineFixture.with { fixture in
            let result = try await fixture.build("FROM scratch\nLABEL a=1 b=1\n") { $0.labels = ["b": "2"] }
            let image = try await fixture.images.image(id: result.imageID)
            #expect(image.config.config?.labels == ["a": "1", "b": "2"])
        }
    }

    @Test("the ignore file of the context holds, and one beside the Dockerfile replaces it") func ignoreFiles()
        async throws
    {
        try await EngineFixture.with { fixture in
            for name in ["keep", "skip", "Dockerfile"] { try fixture.file(name, name) }
            try fixture.file(".dockerignore", "skip\n.dockerignore\n")
            let first = try await fixture.build("FROM scratch\nCOPY . /\n")
            #expect(try await fixture.text("keep", in: first.imageID) == "keep")
            #expect(try await fixture.text("skip", in: first.imageID) == nil)
            let second = try await fixture.build("FROM scratch\nCOPY . /\n") {
                $0.ignoreFile = .init(name: "x.dockerignore", bytes: Array("keep\n".utf8))
            }
            #expect(try await fixture.text("keep", in: second.imageID) == nil)
            #expect(try await fixture.text("skip", in: second.imageID) == "skip")
        }
    }

    @Test("the cache lasts over a restart") func restart() async throws {
        try await EngineFixture.with { fixture in
            try await fixture.build("FROM scratch\nRUN write /x 1\n")
            let second = try await BuildEngine.open(
                root: fixture.scratch.path + "/builder", runRoot: fixture.scratch.path + "/run",
                images: fixture.images, runner: fixture.runner, trust: .nothing, effects: .live,
                bus: fixture.engine.bus, logger: fixture.engine.logger)
            var request = BuildRequest()
            request.dockerfile = .init(name: "Dockerfile", bytes: Array("FROM scratch\nRUN write /x 1\n".utf8))
            let result = try await second.build(request) { _ in }
            #expect(result.cachedCount == 1)
            #expect(fixture.runner.steps.count == 1)
        }
    }

    @Test("ADD extracts an archive by its content") func archive() async throws {
        try await EngineFixture.with { fixture in
            // A ustar archive with one file, made by hand: 512 bytes of header, the content, two empty blocks.
            try File.write(
                fixture.scratch.path + "/context/data.bin", TarFixture.archive(name: "dir/f", content: "inside"))
            let result = try await fixture.build("FROM scratch\nADD data.bin /out\nCOPY data.bin /copy\n")
            #expect(try await fixture.text("out/dir/f", in: result.imageID) == "inside")
            #expect(try await fixture.text("copy", in: result.imageID)?.hasPrefix("dir/f") == true)
        }
    }

    @Test("pruning forgets results, and they are built again") func prune() async throws {
        try await EngineFixture.with { fixture in
            try await fixture.build("FROM scratch\nRUN write /x 1\n")
            #expect(try await fixture.engine.records().count == 1)
            let report = try await fixture.engine.prune(all: true, unusedSince: nil)
            #expect(report.removed.count == 1)
            try await fixture.build("FROM scratch\nRUN write /x 1\n")
            #expect(fixture.runner.steps.count == 2)
        }
    }
}

/// A tar archive of one file.
enum TarFixture {
    static func archive(name: String, content: String) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(content.utf8.count, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
        var body = Array(content.utf8)
        body += [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
        return header + body + [UInt8](repeating: 0, count: 1024)
    }
}
