import Effects
import SystemLinux
import Testing

@testable import Builder

@Suite struct ContextTests {
    @Test("an ignored entry is not in the tree, a readmitted one is") func ignored() async throws {
        try await Scratch.with { scratch in
            for name in ["a.txt", "b.log", "dir/x", "dir/keep", "deep/er/z.log"] { try scratch.file(name) }
            let rules = try IgnoreRules(file: "i", bytes: Array("**/*.log\ndir\n!dir/keep\ndeep/er\n".utf8))
            let tree = ContextTree(root: scratch.path, rules: rules)
            var seen: [String] = []
            try tree.walk("") { (entry) throws(BuilderError) in
                seen.append(entry.path)
                return true
            }
            #expect(seen == ["a.txt", "deep", "dir", "dir/keep"])
            #expect(try tree.entry(at: "dir/x") == nil)
            #expect(try tree.entry(at: "dir/keep") != nil)
        }
    }

    @Test("links resolve inside the tree and never leave it") func links() async throws {
        try await Scratch.with { scratch in
            try scratch.file("real/file", "inside")
            try scratch.link("absolute", to: "/real")
            try scratch.link("upwards", to: "../../../../real/file")
            try scratch.link("circle", to: "circle")
            let tree = ContextTree(root: scratch.path)
            #expect(try tree.resolve("absolute/file", followsLast: true).path == "real/file")
            #expect(try tree.resolve("upwards", followsLast: true).path == "real/file")
            #expect(try tree.resolve("upwards", followsLast: false).path == "upwards")
            #expect(try tree.resolve("real/../../real/none", followsLast: true).entry == nil)
            #expect(throws: BuilderError.self) { try tree.resolve("circle", followsLast: true) }
        }
    }

    @Test("upper layers hide and replace what lies below") func layers() async throws {
        try await Scratch.with { scratch in
            for name in ["low/dir/a", "low/dir/b", "low/file/x", "high/dir/b", "high/dir/c", "high/file"] {
                try scratch.file(name, name)
            }
            let tree = LayeredTree(layers: [scratch.path + "/high", scratch.path + "/low"])
            #expect(try tree.children(of: "dir").map(\.name) == ["a", "b", "c"])
            #expect(try tree.entry(at: "dir/b")?.hostPath == scratch.path + "/high/dir/b")
            #expect(try tree.entry(at: "file/x") == nil)
        }
    }

    private func collect(
        _ scratch: Scratch, _ sources: [String], excludes: [String] = [], hashes: FileHashCache = .init(path: nil)
    ) async throws -> CollectedContent {
        let collector = ContentCollector(
            tree: ContextTree(root: scratch.path), place: "the build context", hashesOwners: false, hashes: hashes,
            effects: .live)
        return try await collector.collect(sources, excludes: excludes, keepsParents: false)
    }

    @Test("the digest follows names, modes and content, not times") func digest() async throws {
        try await Scratch.with { scratch in
            let path = try scratch.file("d/a", "one")
            try scratch.link("d/l", to: "a")
            let first = try await collect(scratch, ["d"]).digest
            try File.setModified(path, nanoseconds: 1_000_000_000)
            #expect(try await collect(scratch, ["d"]).digest == first)
            try File.setMode(path, 0o600)
            #expect(try await collect(scratch, ["d"]).digest != first)
            try File.setMode(path, 0o644)
            #expect(try await collect(scratch, ["d"]).digest == first)
            try scratch.file("d/a", "two")
            #expect(try await collect(scratch, ["d"]).digest != first)
            try scratch.file("d/a", "one")
            try File.rename(path, to: scratch.path + "/d/b")
            #expect(try await collect(scratch, ["d"]).digest != first)
        }
    }

    @Test("wildcards, exclusions and missing files") func selection() async throws {
        try await Scratch.with { scratch in
            for name in ["a.go", "b.go", "c.txt", "sub/d.go", "sub/e.txt"] { try scratch.file(name, name) }
            #expect(try await collect(scratch, ["*.go"]).sources.map(\.selected.namedPath) == ["a.go", "b.go"])
            #expect(try await collect(scratch, ["*/d.go"]).sources.map(\.selected.namedPath) == ["sub/d.go"])
            #expect(try await collect(scratch, ["nothing*"]).sources.isEmpty)
            let excluded = try await collect(scratch, ["."], excludes: ["**/*.txt"])
            #expect(excluded.sources[0].descendants.map(\.path) == ["a.go", "b.go", "sub", "sub/d.go"])
            await #expect(throws: BuilderError.self) { try await collect(scratch, ["missing"]) }
            #expect(try await collect(scratch, ["../../a.go"]).sources.map(\.selected.namedPath) == ["a.go"])
        }
    }

    @Test("remembered hashes are used again and changed files are read again") func hashCache() async throws {
        try await Scratch.with { scratch in
            let file = try scratch.file("context/a", "one")
            let cachePath = scratch.path + "/hashes"
            let context = Scratch(path: scratch.path + "/context")
            // Files younger than the clock's grain are not remembered, so this one is let grow older.
            try await Effects.live.time.sleep(for: .milliseconds(30))
            let first = FileHashCache(path: cachePath)
            let digest = try await collect(context, ["a"], hashes: first).digest
            try first.save()
            let second = FileHashCache(path: cachePath)
            #expect(second.digest(for: try File.status(file)) != nil)
            #expect(try await collect(context, ["a"], hashes: second).digest == digest)
            try scratch.file("context/a", "two")
            #expect(second.digest(for: try File.status(file)) == nil)
            #expect(try await collect(context, ["a"], hashes: second).digest != digest)
        }
    }
}
