import Archive
import Images
import OCI
import Subprocess
import SystemLinux
import Testing

/// The store against the kernel's overlayfs, in mount namespaces of their own.
@Suite(.serialized, .enabled(if: isRoot, "needs root: overlay mounts")) struct OverlaySerialTests {
    /// Runs a shell script with the root mounted at /mnt, in a mount namespace that ends with it.
    private func inside(_ root: OverlayRoot, _ script: String) async throws -> String {
        let options =
            "lowerdir=\(root.lower.joined(separator: ":")),upperdir=\(root.upper),workdir=\(root.work),"
            + "redirect_dir=off,metacopy=off,index=off"
        let result = try await run(
            .name("unshare"),
            arguments: ["-m", "sh", "-ec", "mount -t overlay overlay -o '\(options)' /mnt; cd /mnt; \(script)"],
            output: .string(limit: 65_536), error: .string(limit: 65_536)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }

    @Test(.enabled(if: File.exists("/bin/busybox"), "needs /bin/busybox"))
    func aBusyboxLayerRunsAndItsChangesBecomeALayer() async throws {
        try await StoreFixture.with { fixture in
            let scratch = try await fixture.store.makeScratch()
            for name in ["bin", "etc", "tmp"] { try Directory.make("\(scratch.path)/\(name)") }
            try FileCopy.file("/bin/busybox", to: "\(scratch.path)/bin/busybox")
            try File.symbolicLink("\(scratch.path)/bin/sh", to: "busybox")
            try File.write("\(scratch.path)/etc/old", Array("old".utf8))
            try File.write("\(scratch.path)/etc/kept", Array("kept".utf8))
            try File.setMode("\(scratch.path)/tmp", 0o1777)
            let base = try await fixture.store.commitLayer(scratch: scratch)
            let image = try await fixture.store.commitImage(
                config: ImageConfig(), layers: [base], tags: [try Reference("bb")])

            let root = try await fixture.store.makeRoot(image: image, containerID: "step")
            let said = try await inside(
                root,
                "chroot . /bin/sh -c 'echo hi; rm /etc/old; echo new >/etc/new; rm -r /tmp; mkdir /tmp; echo x >/tmp/x'"
            )
            #expect(said == "hi\n")
            let change = try #require(try await fixture.store.commitLayer(containerID: "step"))
            try await fixture.store.removeRoot(containerID: "step")

            let script = "cat etc/new etc/kept; ls etc tmp; stat -c %a tmp; test ! -e etc/old"
            let expected = "new\nkeptetc:\nkept\nnew\n\ntmp:\nx\n755\n"
            let merged = try await fixture.store.makeRoot(layers: [base, change], containerID: "again")
            #expect(try await inside(merged, script) == expected)
            // The same through compressed tars: what another machine would get.
            try await StoreFixture.with { other in
                let pulled = [try await copy(base, fixture, other), try await copy(change, fixture, other)]
                let root = try await other.store.makeRoot(layers: pulled, containerID: "pulled")
                #expect(try await inside(root, script) == expected)
            }
        }
    }

    /// The layer's gzip tar in another store.
    private func copy(_ layer: Layer, _ from: StoreFixture, _ to: StoreFixture) async throws -> Layer {
        let blob = try await from.store.openBlob(layer.blob.digest)
        let ingest = try await to.store.ingest()
        let compressor = try Compressor(.gzip, into: ClosureSink { try ingest.write($0) })
        try compressor.write(try await blob.read(at: 0, upTo: Int(blob.sizeBytes)))
        try compressor.finish()
        var descriptor = try await to.store.finish(ingest)
        descriptor.mediaType = .ociLayerGzip
        return Layer(diffID: layer.diffID, blob: descriptor)
    }

    @Test func emptyChangesMakeNoLayer() async throws {
        try await StoreFixture.with { fixture in
            let image = try await fixture.image("app")
            _ = try await fixture.store.makeRoot(image: image, containerID: "step")
            #expect(try await fixture.store.commitLayer(containerID: "step") == nil)
        }
    }

    @Test func impliedDirectoriesKeepTheLowerLayersMode() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let lower = try await fixture.layer(["tmp/a": "1"])
            try File.setMode("\(try await store.layerTree(lower))/tmp", 0o1777)
            let tar = try StoreFixture.tar([
                (TarEntry(path: "tmp/b", kind: .file(sizeBytes: 1), mode: 0o644), [UInt8(ascii: "2")])
            ])
            let digest = try await store.addBlob(tar)
            let upper = Layer(
                diffID: digest, blob: Descriptor(mediaType: .ociLayer, digest: digest, sizeBytes: Int64(tar.count))
            )
            let root = try await store.makeRoot(layers: [lower, upper], containerID: "c")
            #expect(try await inside(root, "stat -c %a tmp; cat tmp/a tmp/b") == "1777\n12")
        }
    }

    @Test func hostileLayersAreRefusedAndLeaveNothing() async throws {
        try await StoreFixture.with { fixture in
            let tar = try StoreFixture.tar([
                (TarEntry(path: "../../evil", kind: .file(sizeBytes: 0), mode: 0o644), [])
            ])
            let digest = try await fixture.store.addBlob(tar)
            let layer = Layer(
                diffID: digest, blob: Descriptor(mediaType: .ociLayer, digest: digest, sizeBytes: Int64(tar.count))
            )
            await #expect(throws: ImageError.self) {
                try await fixture.store.makeRoot(layers: [layer], containerID: "c")
            }
            #expect(try Directory.entries("\(fixture.path)/images/ingest").isEmpty)
            #expect(try Directory.entries("\(fixture.path)/images/layers").isEmpty)
            #expect(try await fixture.store.rootIDs().isEmpty)
        }
    }

    @Test func layersThatUnpackToSomethingElseAreRefused() async throws {
        try await StoreFixture.with { fixture in
            let tar = try StoreFixture.tar([(TarEntry(path: "a", kind: .directory, mode: 0o755), [])])
            let digest = try await fixture.store.addBlob(tar)
            let lie = Layer(
                diffID: try Digest(algorithm: .sha256, hex: String(repeating: "0", count: 64)),
                blob: Descriptor(mediaType: .ociLayer, digest: digest, sizeBytes: Int64(tar.count))
            )
            let error = await #expect(throws: ImageError.self) {
                try await fixture.store.makeRoot(layers: [lie], containerID: "c")
            }
            #expect(error?.code == .corrupt)
        }
    }
}
