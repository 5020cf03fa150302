import SystemLinux
import Testing

@Suite struct FileTests {
    @Test func atomicWritesReplaceAndLeaveNoTemporaryFile() throws {
        try Scratch.with { base in
            try File.writeAtomically("\(base)/f", Array("one".utf8), mode: 0o600)
            try File.writeAtomically("\(base)/f", Array("two".utf8), mode: 0o640)
            let text = try File.readText("\(base)/f")
            #expect(text == "two")
            let mode = try File.status("\(base)/f").mode
            #expect(mode == 0o640)
            let names = try Directory.entries(base).map(\.name)
            #expect(names == ["f"])
        }
    }

    @Test func anAtomicWriteThatFailsLeavesTheOldContent() throws {
        try Scratch.with { base in
            try Directory.make("\(base)/d/below")
            let failure = #expect(throws: LinuxError.self) { try File.writeAtomically("\(base)/d", [1]) }
            #expect(failure?.argument == "\(base)/d")
            let names = try Directory.entries(base).map(\.name)
            #expect(names == ["d"])
        }
    }

    @Test func readsAreBounded() throws {
        try Scratch.with { base in
            try File.write("\(base)/f", [UInt8](repeating: 1, count: 1000))
            let all = try File.read("\(base)/f", limit: 1000)
            #expect(all.count == 1000)
            let failure = #expect(throws: LinuxError.self) { try File.read("\(base)/f", limit: 999) }
            #expect(failure?.code == .limit)
            #expect(failure?.message.contains("\(base)/f") == true)
        }
    }

    @Test func errorsNameCallPathAndReason() {
        let failure = #expect(throws: LinuxError.self) { try File.read("/nothing/here") }
        #expect(failure?.message == "open /nothing/here: no such file or directory")
        #expect(failure?.code == .notFound)
    }

    @Test func exclusiveRenamesNeverReplace() throws {
        try Scratch.with { base in
            try File.write("\(base)/a", [1])
            try File.write("\(base)/b", [2])
            let failure = #expect(throws: LinuxError.self) { try File.renameExclusively("\(base)/a", to: "\(base)/b") }
            #expect(failure?.code == .alreadyExists)
        }
    }

    @Test func pathsAreTakenApart() {
        #expect(File.parent(of: "/a/b") == "/a")
        #expect(File.parent(of: "/a") == "/")
        #expect(File.parent(of: "a") == ".")
        #expect(File.name(of: "/a/b") == "b")
        #expect(File.name(of: "b") == "b")
    }

    @Test func locksExcludeEachOther() throws {
        try Scratch.with { base in
            let lock = try FileLock("\(base)/lock")
            let failure = #expect(throws: LinuxError.self) { try FileLock("\(base)/lock", wait: false) }
            #expect(failure?.code == .busy)
            lock.release()
            _ = try FileLock("\(base)/lock", wait: false)
        }
    }

    @Test func extendedAttributesAreReadAndWritten() throws {
        try Scratch.with { base in
            try File.write("\(base)/f", [])
            // tmpfs of older kernels has no user attributes; trusted ones need root.
            guard Scratch.isPrivileged else { return }
            try ExtendedAttributes.set("\(base)/f", "trusted.skiff", [1, 2, 3])
            let names = try ExtendedAttributes.names("\(base)/f")
            #expect(names == ["trusted.skiff"])
            let value = try ExtendedAttributes.value("\(base)/f", "trusted.skiff")
            #expect(value == [1, 2, 3])
            let missing = try ExtendedAttributes.value("\(base)/f", "trusted.other")
            #expect(missing == nil)
        }
    }
}
