import Archive
import Document
import OCI
import SystemLinux

extension ImageStore {
    /// Writes images into one archive that `docker load`, `podman load` and `skopeo` read: an OCI layout with Docker's
    /// `manifest.json` beside it. Names that are ids are saved without a name. Throws `notFound`.
    public func save(_ names: [String]) async throws -> SpoolFile {
        var saved: [SavedImage] = []
        for name in names {
            let image = try await resolve(name)
            let given = try? Reference(name).withDefaultTag
            let reference = given.map { localName($0) }.flatMap { image.references.contains($0) ? $0 : nil }
            if let index = saved.firstIndex(where: { $0.image.id == image.id }) {
                if let reference { saved[index].references.append(reference) }
            } else {
                saved.append(SavedImage(image: image, references: reference.map { [$0] } ?? []))
            }
        }
        let blobs = try await openBlobs(of: saved.map(\.image))
        let spool = try await makeSpool()
        let images = saved
        try await BlockingPool.shared.run {
            try SavedArchive(images: images, blobs: blobs).write(to: FileSink(spool.file))
        }
        return spool
    }

    private func openBlobs(of images: [Image]) async throws -> [BlobFile] {
        var blobs: [Digest: BlobFile] = [:]
        for image in images {
            let digests = [image.id, image.manifest.digest] + image.layers.map(\.blob.digest)
            for digest in digests where blobs[digest] == nil { blobs[digest] = try await openBlob(digest) }
        }
        return blobs.values.sorted { $0.digest < $1.digest }
    }

    struct SavedImage: Sendable {
        let image: Image
        var references: [Reference]
    }
}

/// The archive's layout (OCI image-spec, image-layout.md; Docker's `manifest.json`). Blocking.
private struct SavedArchive {
    let images: [ImageStore.SavedImage]
    let blobs: [BlobFile]

    func write(to sink: any ByteSink) throws {
        let writer = TarWriter(sink)
        try add(writer, "oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try add(writer, "index.json", try JSONEncoding.encode(Index(manifests: index)))
        try add(writer, "manifest.json", JSONWriter.bytes(.array(images.map(dockerEntry))))
        for algorithm in Digest.Algorithm.allCases {
            try writer.add(
                TarEntry(path: FileName("blobs/\(algorithm.rawValue)"), kind: .directory, mode: 0o755)
            )
        }
        for blob in blobs { try copy(blob, writer) }
        try writer.finish()
    }

    private var index: [Descriptor] {
        images.flatMap { saved -> [Descriptor] in
            guard !saved.references.isEmpty else { return [saved.image.manifest] }
            return saved.references.map { reference in
                var descriptor = saved.image.manifest
                descriptor.annotations = [
                    "io.containerd.image.name": reference.canonical,
                    "org.opencontainers.image.ref.name": reference.tag ?? Reference.defaultTag,
                ]
                return descriptor
            }
        }
    }

    private func dockerEntry(_ saved: ImageStore.SavedImage) -> JSONValue {
        [
            "Config": .string(path(saved.image.id)),
            "RepoTags": .array(saved.references.map { .string($0.familiar) }),
            "Layers": .array(saved.image.layers.map { .string(path($0.blob.digest)) }),
        ]
    }

    private func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    private func add(_ writer: TarWriter, _ name: String, _ bytes: [UInt8]) throws {
        try writer.add(TarEntry(path: FileName(name), kind: .file(sizeBytes: Int64(bytes.count)), mode: 0o644))
        try bytes.withUnsafeBytes { try writer.write($0) }
    }

    private func copy(_ blob: BlobFile, _ writer: TarWriter) throws {
        try writer.add(
            TarEntry(path: FileName(path(blob.digest)), kind: .file(sizeBytes: blob.sizeBytes), mode: 0o644)
        )
        var offset: Int64 = 0
        while offset < blob.sizeBytes {
            let part = try blob.file.read(at: offset, upTo: FileHash.chunkBytes)
            guard !part.isEmpty else { throw ImageError(.corrupt, "blob \(blob.digest) ends early on disk") }
            try part.withUnsafeBytes { try writer.write($0) }
            offset += Int64(part.count)
        }
    }
}
