import SystemLinux
import Testing

@Suite struct BlockingPoolTests {
    @Test func jobsRunAndErrorsComeBack() async throws {
        let pool = BlockingPool(threadLimit: 2, waitingLimit: 10)
        let value = try await pool.run { 7 }
        #expect(value == 7)
        await #expect(throws: LinuxError.self) {
            try await pool.run { throw LinuxError("call", "argument", .busy) }
        }
    }

    @Test func aFullPoolRefusesAtOnce() async throws {
        let pool = BlockingPool(threadLimit: 1, waitingLimit: 1)
        let (read, write) = try OwnedFD.pipe()
        let (started, startedWrite) = try OwnedFD.pipe()
        let blocked = Task {
            try await pool.run {
                try startedWrite.write([1])
                return try read.read(upTo: 1)
            }
        }
        // The one thread is busy, the one place in the queue is taken: no room for a third.
        _ = try await BlockingPool.shared.run { try started.read(upTo: 1) }
        #expect(pool.submit {})
        #expect(!pool.submit {})
        let failure = await #expect(throws: LinuxError.self) { try await pool.run { 1 } }
        #expect(failure?.code == .limit)
        try write.write([1])
        _ = try await blocked.value
    }

    @Test func manyJobsShareFewThreads() async throws {
        let pool = BlockingPool(threadLimit: 3, waitingLimit: 1000)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<500 { group.addTask { try await pool.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 124_750)
    }
}

@Suite struct UnixSocketTests {
    @Test func messagesCarryDescriptorsAndCredentials() throws {
        try Scratch.with { base in
            let listener = try UnixSocket.listen("\(base)/s", kind: .seqpacket)
            let mode = try File.status("\(base)/s").mode
            #expect(mode == 0o600)
            let client = try UnixSocket.connect("\(base)/s", kind: .seqpacket)
            let server = try #require(try UnixSocket.accept(listener))
            let (read, write) = try OwnedFD.pipe()
            try UnixSocket.send([1, 2, 3], descriptors: [write.raw], on: client)
            let message = try #require(try UnixSocket.receive(on: server, room: 100))
            #expect(message.bytes == [1, 2, 3])
            try #require(message.descriptors.first).write([9])
            let byte = try read.read(upTo: 10)
            #expect(byte == [9])
            let peer = try UnixSocket.peer(of: server)
            #expect(peer.processID > 0)
            client.close()
            let end = try UnixSocket.receive(on: server, room: 100)
            #expect(end == nil)
        }
    }

    @Test func tooLargeMessagesAreRefusedWithoutLeaks() throws {
        let (one, two) = try UnixSocket.pair(.seqpacket)
        try UnixSocket.send([UInt8](repeating: 1, count: 100), descriptors: [one.raw], on: one)
        let failure = #expect(throws: LinuxError.self) { try UnixSocket.receive(on: two, room: 10) }
        #expect(failure?.errno == .messageTooLong)
    }

    @Test func aPathThatIsTooLongSaysSo() {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: LinuxError.self) { try UnixSocket.connect(path, kind: .stream) }
    }

    @Test func sealedFilesCannotBeChanged() throws {
        let sealed = try MemoryFile.sealed(name: "test", [1, 2, 3])
        let bytes = try MemoryFile.readSealed(sealed, limit: 10)
        #expect(bytes == [1, 2, 3])
        #expect(throws: LinuxError.self) { try sealed.write([4]) }
        let open = try MemoryFile.make(name: "test", [1])
        #expect(throws: LinuxError.self) { try MemoryFile.readSealed(open, limit: 10) }
        #expect(throws: LinuxError.self) { try MemoryFile.readSealed(sealed, limit: 2) }
    }
}

@Suite(.serialized, .enabled(if: Scratch.isPrivileged, "needs root"))
struct OverlayMountSerialTests {
    @Test func manyLayersWithLongPathsAreStackedUnseen() throws {
        try Scratch.with { base in
            let long = "\(base)/" + String(repeating: "d", count: 120) + "/" + String(repeating: "e", count: 120)
            var layers: [String] = []
            for number in 0..<120 {
                let path = "\(long)/layer-\(number)"
                try Directory.make(path)
                try File.write("\(path)/file-\(number)", Array("\(number)".utf8))
                layers.append(path)
            }
            for name in ["upper", "work", "staging"] { try Directory.make("\(base)/\(name)") }
            let mount = try OverlayMount(lower: layers, upper: "\(base)/upper", work: "\(base)/work")
                .detached(staging: "\(base)/staging")
            let isOverlay = try mount.filesystem().isOverlay
            #expect(isOverlay)
            let inside = RootedPath(root: mount)
            for number in [0, 60, 119] {
                let bytes = try inside.open("/file-\(number)", flags: 0).readToEnd()
                #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
            }
            _ = try inside.makeFile("/written")
            #expect(File.exists("\(base)/upper/written"))
            let table = try File.readText("/proc/self/mountinfo")
            #expect(!table.contains(base))
        }
    }

    @Test func tooManyLayersAreRefused() {
        let layers = [String](repeating: "/", count: OverlayMount.layerLimit + 1)
        let failure = #expect(throws: LinuxError.self) {
            try OverlayMount(lower: layers, upper: "", work: "").detached(staging: "/")
        }
        #expect(failure?.code == .limit)
    }
}
