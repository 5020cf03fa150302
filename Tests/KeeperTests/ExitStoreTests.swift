import SystemLinux
import Testing

@testable import Keeper

@Suite struct ExitStoreTests {
    @Test func recordsComeBackUntilRemoved() throws {
        let directory = "/tmp/skiff-exit-test-\(WallClock.monotonicNanoseconds)"
        try Directory.make(directory)
        defer { try? Directory.removeTree(directory) }
        let store = ExitStore(directory: directory)
        let first = ExitRecord(id: "a", pid: 1, code: 0, reason: .exited, startedAt: 1, finishedAt: 20)
        let second = ExitRecord(
            id: "b", container: "a", pid: 2, code: 137, reason: .outOfMemory, outOfMemory: true, startedAt: 1,
            finishedAt: 10
        )
        try store.write(first)
        try store.write(second)
        // Half a record, as a power cut may leave it, is none.
        try File.write("\(directory)/c.json", Array("{\"id\":\"c\"".utf8))
        let all = try store.all()
        #expect(all == [second, first])
        #expect(store.record("a") == first)
        #expect(store.record("c") == nil)
        try store.remove("a")
        try store.remove("a")
        let rest = try store.all()
        #expect(rest == [second])
    }

    @Test func waitStatusesReadLikeAShell() {
        #expect(WaitStatus(0).code == 0)
        #expect(WaitStatus(3 << 8).code == 3)
        #expect(WaitStatus(9).code == 137)
        #expect(WaitStatus(9).signal == 9)
        // A core dump sets bit 7.
        #expect(WaitStatus(11 | 0x80).code == 139)
        #expect(WaitStatus(3 << 8).signal == nil)
    }
}
