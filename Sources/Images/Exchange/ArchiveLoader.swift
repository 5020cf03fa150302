import Archive
import Document
import EventBus
import OCI
import SystemLinux

/// Reads an unpacked archive of images: Docker's `manifest.json`, or an OCI layout's `index.json`
/// (docker-archive as Moby writes it; OCI image-spec, image-layout.md).
struct ArchiveLoader {
    let store: ImageStore
    let directory: String
    let cause: Cause?

    /// One entry of Docker's `manifest.json`.
    private struct SavedImage: Decodable {
        let config: String
        let repoTags: [String]?
        let layers: [String]?

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
        }
    }

    func load() async throws -> [LoadedImage] {
        if let bytes = try await document("manifest.json") {
            let saved: [SavedImage]
            do { saved = try JSONDecoding.decode([SavedImage].self, from: bytes) } catch {
                throw ImageError(.invalid, "manifest.json of the archive is not valid", cause: error)
            }
            var loaded: [LoadedImage] = []
            for image in saved { loaded += try await loadDocker(image) }
            return loaded
        }
        if let bytes = try await document("index.json") {
            guard case .index(let index) = try ManifestDocument(bytes, mediaType: .ociIndex) else { return [] }
            var loaded: [LoadedImage] = []
            for entry in index.manifests { loaded.append(try await loadOCI(entry)) }
            return loaded
        }
        throw ImageError(.invalid, "archive holds no manifest.json and no index.json; is it made by `docker save`?")
    }

    // MARK: - Docker

    private func loadDocker(_ saved: SavedImage) async throws -> [LoadedImage] {
        guard let configBytes = try await document(saved.config) else {
            throw ImageError(.invalid, "archive lacks the configuration \(saved.config)")
        }
        let configDigest = try await store.addBlob(configBytes)
        let config = try ImageStore.decodeConfig(configBytes, configDigest)
        let paths = saved.layers ?? []
        guard paths.count == config.rootfs.diffIDs.count else {
            throw ImageError(
                .invalid, "archive has \(paths.count) layers, its configuration \(config.rootfs.diffIDs.count)"
            )
        }
        var layers: [Descriptor] = []
        for path in paths { layers.append(try await addLayer(path)) }
        let manifest = Manifest(
            mediaType: .ociManifest,
            config: Descriptor(mediaType: .ociConfig, digest: configDigest, sizeBytes: Int64(configBytes.count)),
            layers: layers
        )
        return try await keep(manifest, names: saved.repoTags ?? [])
    }

    private func keep(_ manifest: Manifest, names: [String]) async throws -> [LoadedImage] {
        let bytes = try JSONEncoding.encode(manifest)
        var loaded: [LoadedImage] = []
        for name in names {
            let reference = try parse(name).withDefaultTag
            guard let tag = reference.tag else { continue }
            try await store.putManifest(
                bytes, mediaType: .ociManifest, repository: reference, tags: [tag], authority: .local, cause: cause
            )
            loaded.append(.tagged(reference))
        }
        if loaded.isEmpty { loaded.append(.untagged(try await store.keepUntagged(bytes, mediaType: .ociManifest))) }
        return loaded
    }

    private func addLayer(_ path: String) async throws -> Descriptor {
        let file = try await open(path)
        let compression = try await BlockingPool.shared.run { try Decompressor(FileSource(file)).compression }
        var descriptor = try await ingest(file, expecting: nil)
        switch compression {
        case .none: descriptor.mediaType = .ociLayer
        case .gzip: descriptor.mediaType = .ociLayerGzip
        case .zstd: descriptor.mediaType = .ociLayerZstd
        case .xz, .bzip2:
            throw ImageError(.unsupported, "layer \(path) is compressed with \(compression); use gzip or zstd")
        }
        return descriptor
    }

    // MARK: - OCI

    private func loadOCI(_ entry: Descriptor) async throws -> LoadedImage {
        try await add(entry)
        let names = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        let name = names.compactMap { entry.annotations?[$0] }.first { $0.contains("/") || $0.contains(":") }
        guard let name else {
            // Many tools write a bare tag there, which names nothing.
            let bytes = try await requiredBlob(entry.digest)
            return .untagged(try await store.keepUntagged(bytes, mediaType: entry.mediaType))
        }
        let reference = try parse(name).withDefaultTag
        let bytes = try await requiredBlob(entry.digest)
        try await store.putManifest(
            bytes, mediaType: entry.mediaType, repository: reference, tags: [reference.tag ?? Reference.defaultTag],
            authority: .local, allowsMissing: entry.mediaType.isIndex, cause: cause
        )
        return .tagged(reference)
    }

    /// Adds everything below a manifest or index; what an index names but the archive lacks stays out.
    private func add(_ entry: Descriptor) async throws {
        let bytes = try await requiredBlob(entry.digest)
        switch try ManifestDocument(bytes, mediaType: entry.mediaType) {
        case .index(let index):
            for child in index.manifests where try await document(blobPath(child.digest)) != nil {
                try await add(child)
                try await store.addBlob(try await requiredBlob(child.digest), expecting: child.digest)
            }
        case .manifest(let manifest):
            for part in [manifest.config] + manifest.layers where try await store.blobSize(part.digest) == nil {
                _ = try await ingest(try await open(blobPath(part.digest)), expecting: part)
            }
        }
    }

    private func requiredBlob(_ digest: Digest) async throws -> [UInt8] {
        guard let bytes = try await document(blobPath(digest)) else {
            throw ImageError(.invalid, "archive lacks blob \(digest)")
        }
        return bytes
    }

    private func blobPath(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    // MARK: - Files

    private func parse(_ name: String) throws -> Reference {
        do { return try Reference(name) } catch { throw ImageError(.invalid, error.message) }
    }

    /// A small file of the archive, nil when it is not there. Links stay inside the archive.
    private func document(_ path: String) async throws -> [UInt8]? {
        try await BlockingPool.shared.run { [directory] in
            let root = RootedPath(root: try File.open(directory, .directory))
            let flags = File.Access.nonBlocking.rawValue
            guard case .success(let raw) = root.tryOpen(path, flags: flags) else { return nil }
            return try Self.regular(OwnedFD(raw), path).readToEnd(limit: ImageStore.documentLimitBytes)
        }
    }

    private func open(_ path: String) async throws -> OwnedFD {
        try await BlockingPool.shared.run { [directory] in
            let root = RootedPath(root: try File.open(directory, .directory))
            guard case .success(let raw) = root.tryOpen(path, flags: File.Access.nonBlocking.rawValue) else {
                throw ImageError(.invalid, "archive lacks \(path)")
            }
            return try Self.regular(OwnedFD(raw), path)
        }
    }

    /// A device or pipe in place of a file would be read for ever.
    private static func regular(_ file: OwnedFD, _ path: String) throws -> OwnedFD {
        guard try file.status().kind == .regular else {
            throw ImageError(.invalid, "\(path) of the archive is not a file")
        }
        return file
    }

    private func ingest(_ file: OwnedFD, expecting descriptor: Descriptor?) async throws -> Descriptor {
        let ingest = try await store.ingest(algorithm: descriptor?.digest.algorithm ?? .sha256)
        try await BlockingPool.shared.run {
            while true {
                let part = try file.read(upTo: FileHash.chunkBytes)
                if part.isEmpty { return }
                try part.withUnsafeBytes { try ingest.write($0) }
            }
        }
        return try await store.finish(ingest, expecting: descriptor?.digest, sizeBytes: descriptor?.sizeBytes)
    }
}
