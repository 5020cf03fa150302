import Archive
import Document
import Effects
import EventBus
import OCI
import SystemLinux
import Testing

@testable import Images

@Suite(.enabled(if: isRoot, "needs root: whiteouts and owners")) struct ImageStoreTests {
    @Test func keepsOnlyVerifiedBlobs() async throws {
        try await StoreFixture.with { fixture in
            let good = try await fixture.store.addBlob(Array("content".utf8))
            #expect(try await fixture.store.blobSize(good) == 7)
            #expect(try await fixture.store.readDocument(good) == Array("content".utf8))
            await #expect(throws: ImageError.self) {
                try await fixture.store.addBlob(Array("other".utf8), expecting: good)
            }
            let wide = try await fixture.store.addBlob(
                Array("content".utf8), expecting: ContentHasher.digest(of: Array("content".utf8), algorithm: .sha512)
            )
            #expect(wide.algorithm == .sha512)
            let ingest = try await fixture.store.ingest()
            try await ingest.append([1, 2, 3])
            await #expect(throws: ImageError.self) { try await fixture.store.finish(ingest, sizeBytes: 4) }
            #expect(try Directory.entries("\(fixture.path)/images/ingest").isEmpty)
        }
    }

    @Test func namesTheAlgorithmOnlyAtTheEnd() async throws {
        try await StoreFixture.with { fixture in
            let bytes = Array("late".utf8)
            let digest = try ContentHasher.digest(of: bytes, algorithm: .sha512)
            let ingest = try await fixture.store.ingest()
            try await ingest.append(bytes)
            #expect(try await fixture.store.finish(ingest, expecting: digest).digest == digest)
        }
    }

    @Test func changedDocumentsAreNoticed() async throws {
        try await StoreFixture.with { fixture in
            let digest = try await fixture.store.addBlob(Array("{}".utf8))
            try File.write(fixture.store.layout.blob(digest), Array("[]".utf8))
            let error = await #expect(throws: ImageError.self) { try await fixture.store.readDocument(digest) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func committedImagesCanBeFoundByNameIDAndPrefix() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app:1")
            for name in ["app:1", "docker.io/library/app:1", image.id.description, image.id.hex, image.id.short] {
                #expect(try await fixture.store.resolve(name).id == image.id)
            }
            #expect(image.references.map(\.familiar) == ["app:1"])
            #expect(image.config.config?.cmd == ["/bin/sh"])
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("app:2") }
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("../etc") }
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("sha256:zz") }
        }
    }

    @Test func equalTreesAreOneLayer() async throws {
        try await StoreFixture.with { fixture in
            let scratches = [try await fixture.store.makeScratch(), try await fixture.store.makeScratch()]
            for scratch in scratches {
                try File.write("\(scratch.path)/f", Array("same".utf8))
                try TreeDirectory(path: scratch.path).setModified("f", nanoseconds: 1_000_000_000)
            }
            let first = try await fixture.store.commitLayer(scratch: scratches[0])
            let second = try await fixture.store.commitLayer(scratch: scratches[1])
            #expect(first == second)
            #expect(try Directory.entries("\(fixture.path)/images/layers").count == 1)
            #expect(!File.exists(scratches[1].path))
        }
    }

    @Test func builtLayersAreServedAsVerifiedTars() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            let layer = try #require(image.layers.first)
            #expect(try await fixture.store.blobSize(layer.blob.digest) == layer.blob.sizeBytes)
            let blob = try await fixture.store.openBlob(layer.blob.digest)
            #expect(try FileHash.digest(of: blob.file, algorithm: .sha256) == layer.diffID)
        }
    }

    @Test func changedTreesAreNotServed() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            let layer = try #require(image.layers.first)
            try File.write("\(try await fixture.store.layerTree(layer))/etc/motd", Array("evil!".utf8))
            let error = await #expect(throws: ImageError.self) { try await fixture.store.openBlob(layer.blob.digest) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func aSecondProcessIsRefused() async throws {
        try await StoreFixture.with { fixture in
            let error = await #expect(throws: ImageError.self) { try await StoreFixture.open(fixture.path) }
            #expect(error?.code == .conflict)
        }
    }

    @Test func tagsMoveAndAnnounceIt() async throws {
        try await StoreFixture.with { fixture in
            let events = fixture.bus.subscribe(name: "test", families: [.image])
            let image = try await fixture.image("app:1")
            try await fixture.store.tag("app:1", as: try Reference("team/app:stable"), cause: .request("r1"))
            #expect(try await fixture.store.resolve("team/app:stable").id == image.id)
            let other = try await fixture.image("team/app:stable", ["x": "y"])
            #expect(try await fixture.store.resolve("team/app:stable").id == other.id)
            try await fixture.store.untag(try Reference("app:1"))
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("app:1") }
            var seen: [EventPayload] = []
            for try await delivery in events.prefix(4) {
                if case .event(let event) = delivery { seen.append(event.payload) }
            }
            #expect(seen.map(\.kind) == ["image.tagged", "image.tagged", "image.tagged", "image.untagged"])
        }
    }

    @Test func ownRegistryNamesMeanTheStore() async throws {
        try await StoreFixture.with { fixture in
            fixture.store.setOwnRegistries(["localhost:5000"])
            let image = try await fixture.image("app:1")
            #expect(try await fixture.store.resolve("localhost:5000/app:1").id == image.id)
            #expect(
                try await fixture.store.ensure(try Reference("localhost:5000/app:1"), policy: .always).id == image.id)
            await #expect(throws: ImageError.self) { try await fixture.store.resolve("localhost:5001/app:1") }
        }
    }

    @Test func rootsNeedAFreeAndSoundID() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            let root = try await fixture.store.makeRoot(image: image, containerID: "c1")
            #expect(File.exists(root.upper) && File.exists(root.work))
            #expect(try await fixture.store.root(containerID: "c1") == root)
            await #expect(throws: ImageError.self) { try await fixture.store.makeRoot(image: image, containerID: "c1") }
            for bad in ["", "..", "a/b", "a b", String(repeating: "x", count: 200)] {
                await #expect(throws: ImageError.self) {
                    try await fixture.store.makeRoot(image: image, containerID: bad)
                }
            }
            try await fixture.store.removeRoot(containerID: "c1")
            try await fixture.store.removeRoot(containerID: "c1")
            #expect(!File.exists(root.upper))
            #expect(try await fixture.store.rootIDs().isEmpty)
        }
    }

    @Test func imagesInUseAreNotRemoved() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            let root = try await fixture.store.makeRoot(image: image, containerID: "c1")
            let refused = await #expect(throws: ImageError.self) { try await fixture.store.remove("app") }
            #expect(refused?.code == .inUse)
            let forced = try await fixture.store.remove("app", force: true)
            #expect(forced == [.untagged(try Reference("app:latest"))])
            _ = try await fixture.store.collectGarbage(graceSeconds: -10)
            #expect(try File.readText("\(root.lower[0])/etc/motd") == "hello")
            try await fixture.store.removeRoot(containerID: "c1")
            let pruned = try await fixture.store.prune(all: false)
            #expect(pruned.report.images == [image.id])
            #expect(!File.exists(root.lower[0]))
        }
    }

    @Test func removingTheLastNameRemovesContent() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app:1")
            try await fixture.store.tag("app:1", as: try Reference("app:2"))
            let ambiguous = await #expect(throws: ImageError.self) { try await fixture.store.remove(image.id.hex) }
            #expect(ambiguous?.code == .conflict)
            #expect(try await fixture.store.remove("app:1") == [.untagged(try Reference("app:1"))])
            #expect(
                try await fixture.store.remove(image.id.short) == [
                    .untagged(try Reference("app:2")), .deleted(image.id),
                ]
            )
            #expect(try Directory.entries("\(fixture.path)/images/layers").isEmpty)
        }
    }

    @Test func collectionSparesWhatIsReferredToOrYoung() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            let young = try await fixture.store.addBlob(Array("just uploaded".utf8))
            _ = try await fixture.store.collectGarbage()
            #expect(try await fixture.store.blobSize(young) != nil)
            let report = try await fixture.store.collectGarbage(graceSeconds: -10)
            #expect(report.blobs == [young])
            #expect(try await fixture.store.readDocument(image.manifest.digest).isEmpty == false)
            #expect(try await fixture.store.resolve("app").config == image.config)
            let kept = try await fixture.layer(["cached": "1"])
            try await fixture.store.retain(layers: [kept], holder: "cache")
            _ = try await fixture.store.collectGarbage(graceSeconds: -10)
            #expect(try await fixture.store.hasLayer(kept.diffID))
            try await fixture.store.release(holder: "cache")
            #expect(try await fixture.store.collectGarbage(graceSeconds: -10).trees == 1)
        }
    }

    @Test func storesSurviveARestart() async throws {
        let path = "/tmp/skiff-images-\(Effects.live.uuid())"
        defer { try? Directory.removeTree(path) }
        try Directory.make(path)
        let id = try await { () async throws -> Digest in
            let fixture = try await StoreFixture.open(path)
            let image = try await fixture.image("app")
            _ = try await fixture.store.makeRoot(image: image, containerID: "c1")
            let ingest = try await fixture.store.ingest()
            try await ingest.append([1])
            withExtendedLifetime(ingest) {}
            return image.id
        }()
        let again = try await StoreFixture.open(path)
        #expect(try await again.store.resolve("app").id == id)
        #expect(try await again.store.rootIDs() == ["c1"])
        #expect(try Directory.entries("\(path)/images/ingest").isEmpty)
    }

    @Test func historyCountsLayersAndEmptySteps() async throws {
        try await StoreFixture.with { fixture in
            let layer = try await fixture.layer(["a": "b"])
            let config = ImageConfig(history: [
                .init(createdBy: "FROM scratch", emptyLayer: true), .init(createdBy: "COPY a /"),
                .init(createdBy: "CMD x", emptyLayer: true),
            ])
            let image = try await fixture.store.commitImage(config: config, layers: [layer], tags: [try Reference("h")])
            let rows = try await fixture.store.history(of: image)
            #expect(rows.map(\.createdBy) == ["CMD x", "COPY a /", "FROM scratch"])
            #expect(rows.map(\.sizeBytes) == [0, layer.blob.sizeBytes, 0])
            #expect(rows.map(\.id) == [image.id, nil, nil])
        }
    }
}
