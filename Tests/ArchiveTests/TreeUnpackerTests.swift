import SystemLinux
import Testing

@testable import Archive

/// Builds tars from entries, honest and hostile alike: the writer checks nothing.
func tar(_ entries: [(TarEntry, [UInt8])]) throws -> [UInt8] {
    let sink = MemorySink()
    let writer = TarWriter(sink)
    for (entry, content) in entries {
        try writer.add(entry)
        try content.withUnsafeBytes { try writer.write($0) }
    }
    try writer.finish()
    return sink.bytes
}

func file(_ path: FileName, _ text: String = "", mode: UInt32 = 0o644) -> (TarEntry, [UInt8]) {
    (TarEntry(path: path, kind: .file(sizeBytes: Int64(text.utf8.count)), mode: mode), Array(text.utf8))
}

func entry(_ path: FileName, _ kind: TarEntry.Kind, mode: UInt32 = 0o755) -> (TarEntry, [UInt8]) {
    (TarEntry(path: path, kind: kind, mode: mode), [])
}

@Suite(.enabled(if: isRoot, "needs root: owners, devices and trusted attributes"))
struct TreeUnpackerTests {
    @discardableResult
    private func unpack(
        _ entries: [(TarEntry, [UInt8])], into directory: TreeDirectory, form: TreeUnpacker.Form = .layer,
        limits: UnpackLimits = .layer
    ) throws -> TreeUnpacker.Summary {
        try TreeUnpacker(into: directory, form: form, limits: limits).unpack(MemorySource(tar(entries)))
    }

    @Test func keepsContentModesOwnersTimesLinksAndAttributes() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        var owned = file("dir/file", "hello", mode: 0o4755)
        owned.0.userID = 1234
        owned.0.groupID = 4_000_000_000
        owned.0.modifiedNanoseconds = 1_600_000_000_000_000_000
        owned.0.attributes = [.init(name: "user.note", value: [0, 10, 255])]
        var directory = entry("dir", .directory, mode: 0o1777)
        directory.0.modifiedNanoseconds = 1_500_000_000_000_000_000
        let summary = try unpack(
            [
                directory, owned, entry("dir/link", .symbolicLink("../anywhere")),
                entry("second", .hardLink("dir/file")),
                entry("null", .characterDevice(major: 1, minor: 3), mode: 0o666), entry("pipe", .fifo, mode: 0o600),
            ], into: root
        )
        #expect(summary.entries == 6)
        #expect(summary.implicitDirectories.isEmpty)
        let dir = try root.directory("dir")
        let status = try dir.status("file")
        #expect(status.mode == 0o4755)
        #expect(status.userID == 1234)
        #expect(status.groupID == 4_000_000_000)
        #expect(status.modifiedNanoseconds == 1_600_000_000_000_000_000)
        #expect(status.linkCount == 2)
        #expect(try dir.attribute("file", "user.note") == [0, 10, 255])
        #expect(try dir.linkTarget("link") == "../anywhere")
        #expect(try File.readText("\(scratch.path)/root/second") == "hello")
        #expect(try root.status("dir").mode == 0o1777)
        #expect(try root.status("dir").modifiedNanoseconds == 1_500_000_000_000_000_000)
        #expect(try root.status("null").nodeMinor == 3)
        #expect(try root.status("pipe").kind == .fifo)
    }

    @Test(arguments: [
        [file("../evil")], [file("a/../../evil")], [file("/../evil")], [file("..")],
        [entry("up", .symbolicLink("..")), file("up/evil")],
        [entry("abs", .symbolicLink("/etc")), file("abs/evil")],
        [entry("a", .symbolicLink("b")), entry("b", .symbolicLink("..")), file("a/evil")],
        [entry("gone", .symbolicLink("nowhere")), file("gone/evil")],
        [entry("loop", .symbolicLink("loop")), file("loop/evil")],
        [entry("hard", .hardLink("../outside"))], [entry("hard", .hardLink("/etc/passwd"))],
        [entry("up", .symbolicLink("..")), entry("hard", .hardLink("up/outside"))],
        [entry("hard", .hardLink("missing"))], [entry("d", .directory), entry("hard", .hardLink("d"))],
        [file("f", "x"), file("f/below")], [file(".wh."), file("x")], [file(".wh...")],
        [entry("dev", .characterDevice(major: 0, minor: 0))], [entry(".", .symbolicLink("/etc"))],
    ])
    func refusesHostileEntries(_ entries: [(TarEntry, [UInt8])]) throws {
        let scratch = try Scratch()
        try File.write("\(scratch.path)/outside", Array("secret".utf8))
        let root = try scratch.directory("root")
        #expect(throws: ArchiveError.self) { try unpack(entries, into: root) }
        #expect(!File.exists("\(scratch.path)/evil"))
        #expect(try File.readText("\(scratch.path)/outside") == "secret")
        #expect(try File.status("\(scratch.path)/outside").linkCount == 1)
    }

    @Test func refusesAttributesOfOverlayfs() throws {
        let scratch = try Scratch()
        var bad = file("f")
        bad.0.attributes = [.init(name: "trusted.overlay.redirect", value: Array("/etc".utf8))]
        #expect(throws: ArchiveError.self) { try unpack([bad], into: try scratch.directory("root")) }
    }

    @Test func followsRelativeLinksThatStayInside() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try unpack([entry("usr", .directory), entry("lib", .symbolicLink("usr")), file("lib/f", "x")], into: root)
        #expect(try File.readText("\(scratch.path)/root/usr/f") == "x")
        #expect(try root.status("lib").kind == .symbolicLink)
    }

    @Test func doesNotWriteThroughALinkInPlaceOfAFile() throws {
        let scratch = try Scratch()
        try File.write("\(scratch.path)/outside", Array("secret".utf8))
        let root = try scratch.directory("root")
        try unpack([entry("f", .symbolicLink("../outside")), file("f", "new")], into: root)
        #expect(try File.readText("\(scratch.path)/outside") == "secret")
        #expect(try root.status("f").kind == .regular)
    }

    @Test func leadingSlashesMeanTheRootOfTheLayer() throws {
        let scratch = try Scratch()
        try unpack([file("/etc/evil", "x")], into: try scratch.directory("root"))
        #expect(File.exists("\(scratch.path)/root/etc/evil"))
    }

    @Test func turnsWhiteoutsIntoOverlayMarks() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try unpack(
            [
                entry("d", .directory), file("d/.wh..wh..opq"), file("d/new", "n"), file(".wh.gone"),
                file(".wh.again"), entry("again", .directory), file(".wh..wh.plnk"), file("kept", "k"),
                file(".wh.kept"),
            ], into: root
        )
        #expect(Whiteout.isOverlayWhiteout(try root.status("gone")))
        #expect(try root.attribute("d", Whiteout.opaqueAttribute) == Whiteout.yes)
        #expect(try root.attribute("again", Whiteout.opaqueAttribute) == Whiteout.yes)
        #expect(try root.statusIfPresent(".wh..wh.plnk") == nil)
        #expect(try File.readText("\(scratch.path)/root/kept") == "k")
    }

    @Test func plainFormTakesWhiteoutNamesAsTheyAre() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try unpack([file(".wh.name", "x")], into: root, form: .plain)
        #expect(try root.status(".wh.name").kind == .regular)
    }

    @Test func reportsDirectoriesTheArchiveOnlyImplies() throws {
        let scratch = try Scratch()
        let summary = try unpack([file("a/b/c", "x"), entry("a", .directory)], into: try scratch.directory("root"))
        #expect(summary.implicitDirectories == ["a/b"])
    }

    @Test func laterEntriesReplaceEarlierOnes() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try unpack(
            [
                entry("x", .directory), file("x/old", "1"), file("x", "file"), file("y", "1"), entry("y", .directory),
                file("y/z", "2"),
            ],
            into: root
        )
        #expect(try File.readText("\(scratch.path)/root/x") == "file")
        #expect(try File.readText("\(scratch.path)/root/y/z") == "2")
    }

    @Test func namedLimitsStopBombs() throws {
        let scratch = try Scratch()
        var limits = UnpackLimits.layer
        limits.entries = 2
        let many = [file("a"), file("b"), file("c")]
        #expect(throws: ArchiveError.self) { try unpack(many, into: try scratch.directory("r1"), limits: limits) }
        limits = .layer
        limits.contentBytes = 3
        #expect(throws: ArchiveError.self) {
            try unpack([file("a", "four")], into: try scratch.directory("r2"), limits: limits)
        }
        limits = .layer
        limits.depth = 3
        #expect(throws: ArchiveError.self) {
            try unpack([file("a/b/c/d")], into: try scratch.directory("r3"), limits: limits)
        }
        let long = FileName(String(repeating: "a/", count: 2100) + "b")
        #expect(throws: ArchiveError.self) { try unpack([file(long)], into: try scratch.directory("r4")) }
    }

    @Test func refusesCutArchives() throws {
        let scratch = try Scratch()
        let whole = try tar([file("a", String(repeating: "x", count: 5000))])
        let error = #expect(throws: ArchiveError.self) {
            try TreeUnpacker(into: try scratch.directory("root")).unpack(MemorySource(Array(whole.prefix(3000))))
        }
        #expect(error?.code == .malformed)
    }

    @Test func refusesGarbage() throws {
        let scratch = try Scratch()
        #expect(throws: ArchiveError.self) {
            try TreeUnpacker(into: try scratch.directory("root"))
                .unpack(MemorySource((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }))
        }
    }
}
