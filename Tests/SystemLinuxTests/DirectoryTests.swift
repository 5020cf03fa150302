import SystemLinux
import Testing

@Suite struct DirectoryTests {
    @Test func treesAreRemovedWithoutFollowingLinks() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/outside")
            try File.write("\(base)/outside/precious", [1])
            try Directory.make("\(base)/tree/deep/er")
            try File.symbolicLink("\(base)/tree/link", to: "\(base)/outside")
            try File.symbolicLink("\(base)/tree/deep/up", to: "../..")
            try File.write("\(base)/tree/deep/er/file", [1], mode: 0o000)
            try Directory.removeTree("\(base)/tree")
            try Directory.removeTree("\(base)/tree")
            let names = try Directory.entries(base).map(\.name)
            #expect(names == ["outside"])
            #expect(File.exists("\(base)/outside/precious"))
        }
    }

    @Test func removingALinkRemovesTheLinkOnly() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/outside")
            try File.symbolicLink("\(base)/link", to: "outside")
            try Directory.removeTree("\(base)/link")
            let names = try Directory.entries(base).map(\.name)
            #expect(names == ["outside"])
        }
    }

    @Test func makingIsIdempotentButNotOverFiles() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/a/b/c")
            try Directory.make("\(base)/a/b/c")
            try File.write("\(base)/f", [])
            #expect(throws: LinuxError.self) { try Directory.make("\(base)/f") }
            #expect(throws: LinuxError.self) { try Directory.make("\(base)/f/g") }
            #expect(throws: LinuxError.self) { try Directory.make("\(base)/x/y", parents: false) }
        }
    }

    @Test func walksAreSortedParentsFirstAndCanSkip() throws {
        try Scratch.with { base in
            for path in ["b/x", "a/y", "skip/z"] { try Directory.make("\(base)/\(path)") }
            try File.symbolicLink("\(base)/loop", to: ".")
            var seen: [String] = []
            try Directory.walk(base) { path, _ in
                seen.append(path)
                return path != "skip"
            }
            #expect(seen == ["a", "a/y", "b", "b/x", "loop", "skip"])
        }
    }

    @Test func copiesKeepWhatMatters() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/from/sub")
            try File.write("\(base)/from/sub/file", Array("text".utf8), mode: 0o4751)
            try File.setMode("\(base)/from/sub/file", 0o4751)
            try File.symbolicLink("\(base)/from/link", to: "/anywhere")
            try Directory.make("\(base)/to")
            let (from, to) = (try File.open("\(base)/from", .directory), try File.open("\(base)/to", .directory))
            try FileCopy.tree(from: from, to: to)
            let before = try File.status("\(base)/from/sub/file")
            let after = try File.status("\(base)/to/sub/file")
            #expect(after.mode == before.mode)
            #expect(after.modifiedNanoseconds == before.modifiedNanoseconds)
            let link = try File.readLink("\(base)/to/link")
            #expect(link == "/anywhere")
            let text = try File.readText("\(base)/to/sub/file")
            #expect(text == "text")
            #expect(throws: LinuxError.self) { try FileCopy.tree(from: from, to: to) }
        }
    }
}

@Suite struct RootedPathTests {
    @Test func linksAreResolvedInsideTheRoot() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/root/etc")
            try File.write("\(base)/root/etc/passwd", Array("inside".utf8))
            try File.symbolicLink("\(base)/root/absolute", to: "/etc")
            try File.symbolicLink("\(base)/root/upwards", to: "../../../../etc")
            let rooted = RootedPath(root: try File.open("\(base)/root", .directory))
            for path in ["/etc/passwd", "absolute/passwd", "/upwards/passwd", "../../etc/passwd"] {
                let bytes = try rooted.open(path, flags: 0).readToEnd()
                #expect(String(decoding: bytes, as: UTF8.self) == "inside")
            }
            #expect(throws: LinuxError.self) { try rooted.open("absolute/passwd", followLinks: false) }
        }
    }

    @Test func missingTargetsAreMadeInsideAlsoBehindBrokenLinks() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/root")
            try File.symbolicLink("\(base)/root/resolv", to: "../run/made/file")
            try File.symbolicLink("\(base)/root/loop", to: "loop")
            let rooted = RootedPath(root: try File.open("\(base)/root", .directory))
            _ = try rooted.makeFile("/resolv")
            _ = try rooted.makeDirectory("/a/./b/../c")
            _ = try rooted.makeDirectory("/")
            #expect(File.exists("\(base)/root/run/made/file"))
            #expect(File.exists("\(base)/root/a/c"))
            #expect(!File.exists("\(base)/run"))
            #expect(throws: LinuxError.self) { try rooted.makeFile("/loop") }
            #expect(throws: LinuxError.self) { try rooted.makeDirectory("/run/made/file") }
        }
    }
}
