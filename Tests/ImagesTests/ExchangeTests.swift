import Archive
import Document
import Images
import OCI
import SystemLinux
import Testing

@Suite(.enabled(if: isRoot, "needs root: owners and devices")) struct ExchangeTests {
    private func spool(_ bytes: [UInt8], in store: ImageStore) async throws -> SpoolFile {
        let spool = try await store.makeSpool()
        try await spool.append(bytes)
        return spool
    }

    private func file(_ path: FileName, _ bytes: [UInt8]) -> (TarEntry, [UInt8]) {
        (TarEntry(path: path, kind: .file(sizeBytes: Int64(bytes.count)), mode: 0o644), bytes)
    }

    @Test func importedTreesKeepTheirFilesAndChanges() async throws {
        try await StoreFixture.with { fixture in
            let tar = try StoreFixture.tar([
                (TarEntry(path: "bin", kind: .directory, mode: 0o755), []), file("bin/tool", Array("x".utf8)),
            ])
            let changes = try [
                "CMD [\"/bin/tool\", \"-v\"]", "ENV A=1 B=\"two words\"", "EXPOSE 80 53/udp", "WORKDIR /srv",
                "LABEL k=v",
                "USER app", "VOLUME /data",
            ].map { try ImageChange($0) }
            let image = try await fixture.store.importArchive(
                spool(tar, in: fixture.store), tags: [try Reference("base:1")], changes: changes, message: "note"
            )
            let config = try #require(image.config.config)
            #expect(config.cmd == ["/bin/tool", "-v"])
            #expect(config.env == ["A=1", "B=two words"])
            #expect(config.exposedPorts?.sorted == ["53/udp", "80/tcp"])
            #expect(config.workingDir == "/srv")
            #expect(config.labels == ["k": "v"])
            #expect(config.user == "app")
            #expect(config.volumes?.sorted == ["/data"])
            #expect(image.config.comment == "note")
            let tree = try await fixture.store.layerTree(try #require(image.layers.first))
            #expect(try File.readText("\(tree)/bin/tool") == "x")
        }
    }

    @Test(arguments: ["", "RUN x", "FROM scratch", "CMD", "EXPOSE 99999", "EXPOSE a", "ENV lonely", "LABEL =x"])
    func changesThatMeanNothingAreRefused(_ line: String) {
        #expect(throws: ImageError.self) {
            var config = ImageConfig.Execution()
            try ImageChange(line).apply(to: &config)
        }
    }

    @Test func whatIsSavedCanBeLoadedElsewhere() async throws {
        try await StoreFixture.with { one in
            let image = try await one.image("app:1")
            try await one.store.tag("app:1", as: try Reference("quay.io/team/app:2"))
            let saved = try await one.store.save(["app:1", "quay.io/team/app:2"])
            let bytes = try await saved.read(at: 0, upTo: Int(try await saved.sizeBytes()))
            try await StoreFixture.with { two in
                let loaded = try await two.store.load(spool(bytes, in: two.store))
                #expect(loaded == [.tagged(try Reference("app:1")), .tagged(try Reference("quay.io/team/app:2"))])
                let back = try await two.store.resolve("quay.io/team/app:2")
                #expect(back.id == image.id)
                let root = try await two.store.makeRoot(image: back, containerID: "c")
                #expect(try File.readText("\(root.lower[0])/etc/motd") == "hello")
            }
        }
    }

    @Test func archivesWithoutNamesLoadAsIds() async throws {
        try await StoreFixture.with { one in
            let image = try await one.image("app:1")
            let saved = try await one.store.save([image.id.description])
            let bytes = try await saved.read(at: 0, upTo: Int(try await saved.sizeBytes()))
            try await StoreFixture.with { two in
                let loaded = try await two.store.load(spool(bytes, in: two.store))
                #expect(loaded == [.untagged(image.id)])
                let back = try await two.store.resolve(image.id.short)
                #expect(back.references.isEmpty)
            }
        }
    }

    @Test func loadsTheFormOfOldDockers() async throws {
        try await StoreFixture.with { fixture in
            let layer = try StoreFixture.tar([file("hello", Array("old".utf8))])
            let diffID = try ContentHasher.digest(of: layer)
            let config = try JSONEncoding.encode(
                ImageConfig(rootfs: ImageConfig.RootFS(diffIDs: [diffID]))
            )
            let tar = try StoreFixture.tar([
                file("abc.json", config), file("layer1/layer.tar", layer),
                (TarEntry(path: "layer2/layer.tar", kind: .symbolicLink("../layer1/layer.tar"), mode: 0o777), []),
                file(
                    "manifest.json",
                    Array(#"[{"Config":"abc.json","RepoTags":["old:1"],"Layers":["layer2/layer.tar"]}]"#.utf8)),
            ])
            #expect(try await fixture.store.load(spool(tar, in: fixture.store)) == [.tagged(try Reference("old:1"))])
            let image = try await fixture.store.resolve("old:1")
            let id = try ContentHasher.digest(of: config)
            #expect(image.id == id)
            let root = try await fixture.store.makeRoot(image: image, containerID: "c")
            #expect(try File.readText("\(root.lower[0])/hello") == "old")
        }
    }

    @Test func hostileArchivesAreRefused() async throws {
        try await StoreFixture.with { fixture in
            let escape = #"[{"Config":"../../../../etc/passwd","RepoTags":["x:1"],"Layers":[]}]"#
            let device = #"[{"Config":"zero","RepoTags":["x:1"],"Layers":[]}]"#
            let archives: [[(TarEntry, [UInt8])]] = [
                [], [file("manifest.json", Array("{".utf8))], [file("manifest.json", Array(escape.utf8))],
                [
                    (TarEntry(path: "zero", kind: .characterDevice(major: 1, minor: 5), mode: 0o644), []),
                    file("manifest.json", Array(device.utf8)),
                ],
                [file("../manifest.json", Array("[]".utf8))],
            ]
            for entries in archives {
                let tar = try StoreFixture.tar(entries)
                await #expect(throws: ImageError.self) { try await fixture.store.load(spool(tar, in: fixture.store)) }
            }
            #expect(try Directory.entries("\(fixture.path)/images/ingest").isEmpty)
        }
    }
}
