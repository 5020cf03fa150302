import Effects
import SystemLinux
import Testing

@testable import Builder

@Suite(.enabled(if: isRoot, "needs root: owners are set"))
struct CopyOperationTests {
    /// Copies by one COPY line from `context` over the layer `low` into `up`.
    private func copy(_ scratch: Scratch, _ line: String, workingDirectory: String = "/") async throws -> [String] {
        try scratch.directory("low")
        try scratch.directory("up")
        try scratch.directory("scratch")
        let plan = try FrontEnd.plan("FROM a\nWORKDIR \(workingDirectory)\n\(line)\n")
        guard case .copy(let step)? = plan.steps.last?.action else {
            throw BuilderError(.notFound, "no COPY in \(line)")
        }
        let collector = ContentCollector(
            tree: ContextTree(root: scratch.path + "/context"), place: "the build context", hashesOwners: false,
            hashes: FileHashCache(path: nil), effects: .live)
        let content = try await collector.collect(
            step.sources, excludes: step.excludes, keepsParents: step.keepsParents)
        try await CopyOperation(
            step: step, content: content, upper: scratch.path + "/up",
            base: LayeredTree(layers: [scratch.path + "/low"]), nanoseconds: 5_000_000_000,
            scratch: scratch.path + "/scratch", keepsOwners: false
        ).run()
        return try scratch.listing("up")
    }

    @Test("a directory's content goes into a new directory") func directory() async throws {
        try await Scratch.with { scratch in
            try scratch.file("context/app/a.py", "A", mode: 0o755)
            try scratch.file("context/app/sub/b", "B")
            try scratch.link("context/app/l", to: "a.py")
            #expect(
                try await copy(scratch, "COPY app /srv/www") == [
                    "/srv/ 755 0:0", "/srv/www/ 755 0:0", "/srv/www/a.py 755 0:0 A", "/srv/www/l -> a.py",
                    "/srv/www/sub/ 755 0:0", "/srv/www/sub/b 644 0:0 B",
                ])
        }
    }

    @Test("a file goes to a name, or into a directory that exists or is written with a slash") func file() async throws
    {
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            #expect(try await copy(scratch, "COPY f /new") == ["/new 644 0:0 F"])
        }
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            #expect(try await copy(scratch, "COPY f /new/") == ["/new/ 755 0:0", "/new/f 644 0:0 F"])
        }
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            try scratch.directory("low/etc")
            try File.setMode(scratch.path + "/low/etc", 0o750)
            try File.setOwner(scratch.path + "/low/etc", userID: 7, groupID: 8)
            #expect(try await copy(scratch, "COPY f etc") == ["/etc/ 750 7:8", "/etc/f 644 0:0 F"])
        }
    }

    @Test("owner and mode are applied to everything new") func attributes() async throws {
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            try scratch.file("low/etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:42:43::/:/bin/sh\n")
            try scratch.file("low/etc/group", "staff:x:50:\n")
            #expect(
                try await copy(scratch, "COPY --chown=app:staff --chmod=u=rwx,go= f /d/") == [
                    "/d/ 755 42:50", "/d/f 700 42:50 F",
                ])
            await #expect(throws: BuilderError.self) { try await copy(scratch, "COPY --chown=nobody f /x") }
        }
    }

    @Test("a link in the image's path is followed inside the image") func destinationLink() async throws {
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            try scratch.directory("low/data/real")
            try scratch.link("low/link", to: "/data/real")
            #expect(
                try await copy(scratch, "COPY f /link/f") == [
                    "/data/ 755 0:0", "/data/real/ 755 0:0", "/data/real/f 644 0:0 F",
                ])
        }
        try await Scratch.with { scratch in
            try scratch.file("context/f", "F")
            try scratch.link("low/link", to: "/data/real")
            #expect(try await copy(scratch, "COPY --link f /link/f") == ["/link/ 755 0:0", "/link/f 644 0:0 F"])
        }
    }

    @Test("what is in the way is an error") func conflicts() async throws {
        try await Scratch.with { scratch in
            try scratch.file("context/d/x", "X")
            try scratch.file("low/file", "")
            try scratch.directory("low/dir/x")
            await #expect(throws: BuilderError.self) { try await copy(scratch, "COPY d /file") }
            await #expect(throws: BuilderError.self) { try await copy(scratch, "COPY d /dir") }
        }
    }

    @Test("times of files and new directories are the sources'") func times() async throws {
        try await Scratch.with { scratch in
            let file = try scratch.file("context/d/x", "X")
            try File.setModified(file, nanoseconds: 1_234_000_000_000)
            try File.setModified(scratch.path + "/context/d", nanoseconds: 4_321_000_000_000)
            _ = try await copy(scratch, "COPY d /out")
            #expect(try File.status(scratch.path + "/up/out/x").modifiedNanoseconds == 1_234_000_000_000)
            #expect(try File.status(scratch.path + "/up/out").modifiedNanoseconds == 4_321_000_000_000)
        }
    }

    @Test("--parents keeps the directories behind the pivot") func parents() async throws {
        try await Scratch.with { scratch in
            try scratch.file("context/x/a/f1", "1")
            try scratch.file("context/x/b/f2", "2")
            #expect(
                try await copy(scratch, "COPY --parents x/./*/f* /out/") == [
                    "/out/ 755 0:0", "/out/a/ 755 0:0", "/out/a/f1 644 0:0 1", "/out/b/ 755 0:0",
                    "/out/b/f2 644 0:0 2",
                ])
        }
    }

    @Test("a heredoc becomes a file") func heredoc() async throws {
        try await Scratch.with { scratch in
            try scratch.directory("context")
            #expect(
                try await copy(scratch, "COPY <<f /etc/motd\nhello\nf") == [
                    "/etc/ 755 0:0", "/etc/motd 644 0:0 hello\n",
                ])
        }
    }

    @Test("fifos and devices are made again, a socket is refused by name") func specialFiles() async throws {
        try await Scratch.with { scratch in
            let directory = try TreeDirectory(path: try scratch.directory("context"))
            try directory.createNode("pipe", kind: .fifo)
            try directory.createNode("null", kind: .characterDevice, major: 1, minor: 3)
            _ = try await copy(scratch, "COPY . /x/")
            let (pipe, null) = (
                try File.status(scratch.path + "/up/x/pipe"), try File.status(scratch.path + "/up/x/null")
            )
            #expect(pipe.kind == .fifo)
            #expect(null.kind == .characterDevice && null.nodeMajor == 1 && null.nodeMinor == 3)
            try directory.createNode("socket", kind: .socket)
            let error = await #expect(throws: BuilderError.self) { try await copy(scratch, "COPY . /y/") }
            #expect(error?.message.contains("/socket") == true)
        }
    }
}
