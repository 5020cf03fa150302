import Archive
import Effects
import EventBus
import Images
import Logging
import OCI
import SystemLinux

/// A store in a scratch directory of its own, removed afterwards.
struct StoreFixture {
    let path: String
    let store: ImageStore
    let bus: EventBus
    let effects: Effects

    static func with(
        effects: Effects = .live, _ body: (StoreFixture) async throws -> Void
    ) async throws {
        let path = "/tmp/skiff-images-\(Effects.live.uuid())"
        try Directory.make(path, mode: 0o700)
        do {
            try await body(open(path, effects: effects))
            try Directory.removeTree(path)
        } catch {
            try? Directory.removeTree(path)
            throw error
        }
    }

    static func open(_ path: String, effects: Effects = .live) async throws -> StoreFixture {
        let bus = EventBus(effects: effects)
        let store = try await ImageStore.open(
            root: "\(path)/images", effects: effects, bus: bus, logger: Logger(label: "test")
        )
        return StoreFixture(path: path, store: store, bus: bus, effects: effects)
    }

    /// Commits a layer with these files (path to text); a text of nil makes a whiteout.
    func layer(_ files: [String: String?]) async throws -> Layer {
        let scratch = try await store.makeScratch()
        for (name, text) in files {
            let full = "\(scratch.path)/\(name)"
            try Directory.make(File.parent(of: full), mode: 0o755)
            if let text {
                try File.write(full, Array(text.utf8))
            } else {
                try TreeDirectory(path: File.parent(of: full))
                    .createNode(FileName(File.name(of: full)), kind: .characterDevice)
            }
        }
        return try await store.commitLayer(scratch: scratch)
    }

    /// Commits an image of one layer and tags it.
    @discardableResult
    func image(_ tag: String, _ files: [String: String?] = ["etc/motd": "hello"]) async throws -> Image {
        var execution = ImageConfig.Execution()
        execution.cmd = ["/bin/sh"]
        execution.labels = ["made.for": tag]
        return try await store.commitImage(
            config: ImageConfig(config: execution), layers: [try await layer(files)], tags: [try Reference(tag)]
        )
    }

    /// Makes a tar of entries.
    static func tar(_ entries: [(TarEntry, [UInt8])]) throws -> [UInt8] {
        let sink = MemorySink()
        let writer = TarWriter(sink)
        for (entry, content) in entries {
            try writer.add(entry)
            try content.withUnsafeBytes { try writer.write($0) }
        }
        try writer.finish()
        return sink.bytes
    }
}

/// Whether the tests may make devices, trusted attributes and mounts.
let isRoot = (try? File.readText("/proc/self/status").contains("\nUid:\t0\t")) ?? false
