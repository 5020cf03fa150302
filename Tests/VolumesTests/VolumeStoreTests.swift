import Effects
import Logging
import SystemLinux
import Testing

@testable import Volumes

@Suite struct VolumeStoreTests {
    private func withStore(_ body: (VolumeStore, () throws -> VolumeStore) throws -> Void) throws {
        let root = "/tmp/skiff-volumes-\(SystemRandom().next())"
        let open = {
            try VolumeStore.open(root: root, effects: .live, logger: Logger(label: "test"))
        }
        defer { try? Directory.removeTree(root) }
        try body(try open(), open)
    }

    @Test func aVolumeIsMadeOnceAndKeptOverARestart() throws {
        try withStore { store, reopen in
            let first = try store.create(name: "data", labels: ["tier": "db"])
            #expect(first.isNew)
            #expect(try store.create(name: "data").isNew == false)
            try File.write("\(first.volume.path)/file", Array("kept".utf8))
            let again = try reopen().get("data")
            #expect(again.labels == ["tier": "db"])
            #expect(try File.readText("\(again.path)/file") == "kept")
        }
    }

    @Test func aVolumeInUseStaysAndAMissingOneIsNotFound() throws {
        try withStore { store, _ in
            _ = try store.create(name: "data")
            #expect(throws: VolumeError.self) { try store.remove("data", users: ["container"]) }
            try store.remove("data", users: [])
            #expect(throws: VolumeError.self) { try store.get("data") }
            #expect(store.list().isEmpty)
        }
    }

    @Test(arguments: ["../escape", "a/b", ".", "-flag"])
    func namesThatLeaveTheStoreAreRefused(name: String) throws {
        try withStore { store, _ in
            #expect(throws: VolumeError.self) { try store.create(name: name) }
        }
    }

    @Test func anonymousVolumesGetNamesOfTheirOwn() throws {
        try withStore { store, _ in
            let first = try store.create(name: nil).volume
            let second = try store.create(name: nil).volume
            #expect(first.name != second.name)
            #expect(first.isAnonymous)
        }
    }

    @Test func aPodsEmptyDirectoriesGoWithIt() throws {
        try withStore { store, _ in
            let path = try store.emptyDirectory(podUID: "uid-1", name: "cache")
            #expect(Directory.isDirectory(path))
            try store.removeEmptyDirectories(podUID: "uid-1")
            #expect(!Directory.isDirectory(path))
        }
    }
}
