import SystemLinux
import Testing

@testable import Archive

@Suite(.enabled(if: isRoot, "needs root: owners, devices and trusted attributes"))
struct TreeArchiverTests {
    private func archive(_ root: TreeDirectory, form: TreeArchiver.Form = .layer) throws -> [UInt8] {
        let sink = MemorySink()
        let count = try TreeArchiver(into: sink, form: form).archive(root)
        #expect(count == Int64(sink.bytes.count))
        return sink.bytes
    }

    /// Unpacking and archiving again gives the same bytes: what a built layer's digest rests on.
    @Test func unpackedTarsArchiveToTheSameBytes() throws {
        let scratch = try Scratch()
        var special = file("etc/conf", "text", mode: 0o2640)
        special.0.userID = 3_000_000
        special.0.attributes = [
            .init(name: "user.a", value: [1, 0, 2]), .init(name: "user.b", value: Array("x=y\n".utf8)),
        ]
        let deep = FileName(String(repeating: "long-directory-name/", count: 12))
        var entries: [(TarEntry, [UInt8])] = [
            entry("bin", .symbolicLink("usr/bin"), mode: 0o777), entry("etc", .directory),
            file("etc/.wh..wh..opq", mode: 0o600),
            special, file("etc/.wh.removed", mode: 0o600),
            file(FileName(bytes: [0x66, 0xff, 0xfe]), "not utf-8"), file("\u{e9}t\u{e9}", "utf-8"),
            file("e\u{301}", "decomposed stays decomposed"),
        ]
        var path = ""
        for component in deep.description.split(separator: "/") {
            path += component + "/"
            entries.append(entry(FileName(String(path.dropLast())), .directory))
        }
        entries.append(file(FileName(path + String(repeating: "n", count: 120)), "deep"))
        let first = try scratch.directory("first")
        _ = try TreeUnpacker(into: first).unpack(MemorySource(tar(entries)))
        let once = try archive(first)
        let second = try scratch.directory("second")
        _ = try TreeUnpacker(into: second).unpack(MemorySource(once))
        #expect(try archive(second) == once)
        #expect(try second.status(FileName(bytes: [0x66, 0xff, 0xfe])).kind == .regular)
        #expect(try second.statusIfPresent("e\u{301}") != nil)
        #expect(try second.directory("etc").status("conf").userID == 3_000_000)
    }

    @Test func orderOfCreationDoesNotMatter() throws {
        let scratch = try Scratch()
        let names = (0..<50).map { "f\($0)" }
        var tars: [[UInt8]] = []
        for order in [names, names.reversed()] {
            let root = try scratch.directory("r\(tars.count)")
            for name in order {
                try File.write("\(scratch.path)/r\(tars.count)/\(name)", Array(name.utf8))
                try root.setModified(FileName(name), nanoseconds: 1_700_000_000_123_456_789)
            }
            tars.append(try archive(root))
        }
        #expect(tars[0] == tars[1])
    }

    @Test func keepsHardLinksTogether() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try File.write("\(scratch.path)/root/a", Array("once".utf8))
        try File.hardLink("\(scratch.path)/root/a", as: "\(scratch.path)/root/b")
        let copy = try scratch.directory("copy")
        _ = try TreeUnpacker(into: copy).unpack(MemorySource(archive(root)))
        #expect(try copy.status("a").inode == copy.status("b").inode)
    }

    @Test func refusesMetacopyAndRedirect() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try root.createDirectory("d")
        try root.setAttribute("d", "trusted.overlay.redirect", Array("/x".utf8))
        #expect(throws: ArchiveError.self) { try archive(root) }
    }

    @Test func refusesNamesThatWouldBecomeWhiteouts() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try File.write("\(scratch.path)/root/.wh.x", [])
        #expect(throws: ArchiveError.self) { try archive(root) }
        #expect(throws: Never.self) { try archive(root, form: .plain) }
    }

    @Test func leavesSocketsOut() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        try root.createNode("s", kind: .socket)
        let reader = try TarReader(MemorySource(archive(root)))
        #expect(try reader.next() == nil)
    }

    @Test func namesTheRootOnlyWhenItIsUnusual() throws {
        let scratch = try Scratch()
        let root = try scratch.directory("root")
        #expect(try TarReader(MemorySource(archive(root))).next() == nil)
        try root.setOwnMetadata(userID: 5, groupID: 5, mode: 0o700)
        let copy = try scratch.directory("copy")
        _ = try TreeUnpacker(into: copy).unpack(MemorySource(archive(root)))
        #expect(try copy.ownStatus().mode == 0o700)
        #expect(try copy.ownStatus().userID == 5)
    }
}
