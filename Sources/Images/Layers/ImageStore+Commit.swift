import Archive
import Document
import Effects
import EventBus
import OCI
import SystemLinux

/// A directory of the store for a tree that becomes a layer, or is thrown away.
public struct ScratchTree: Sendable, Hashable {
    /// Absolute path; empty at first, owned by root, mode 0755.
    public let path: String
}

extension ImageStore {
    /// Makes an empty directory on the store's file system. What is not committed is gone at the next start.
    public func makeScratch() async throws -> ScratchTree {
        let path = "\(layout.ingest)/\(effects.uuid())"
        try await BlockingPool.shared.run {
            try Directory.make(path, mode: 0o755, parents: false)
            try File.setMode(path, 0o755)
        }
        return ScratchTree(path: path)
    }

    /// Throws a scratch tree away.
    public func discard(_ scratch: ScratchTree) async throws {
        try await BlockingPool.shared.run { try Directory.removeTree(scratch.path) }
    }

    /// Makes a layer of a scratch tree by moving it into the store; an equal layer that stands already is used instead.
    ///
    /// Overlayfs' marks in it (device 0:0, `trusted.overlay.opaque`) mean whiteouts. Durable with the image it becomes
    /// part of, or with `retain`.
    public func commitLayer(scratch: ScratchTree) async throws -> Layer {
        try await commit(path: scratch.path)
    }

    /// Makes a layer of a container's changes by moving them into the store; nil when it changed nothing.
    ///
    /// The container must have ended and its root must be unmounted; its root is to be removed afterwards.
    public func commitLayer(containerID: String) async throws -> Layer? {
        try Self.checkID(containerID)
        let upper = layout.upper(containerID)
        let isEmpty = try await BlockingPool.shared.run { try Directory.entries(upper).isEmpty }
        return isEmpty ? nil : try await commit(path: upper)
    }

    private func commit(path: String) async throws -> Layer {
        let (diffID, tarBytes) = try await digestOfTree(path)
        let tree = StoredTree(name: diffID.hex, diffID: diffID, chain: "", tarBytes: tarBytes, built: true)
        // Moved and recorded in one write, so that collection sees both or none.
        try await metadata.write { [layout] db in
            if try db.tree(diffID, chain: "") != nil { return }
            try Directory.removeTree(layout.layer(tree.name))
            try File.rename(path, to: layout.layer(tree.name))
            try db.insertTree(tree)
        }
        try await BlockingPool.shared.run { try Directory.removeTree(path) }
        return Layer(
            diffID: diffID, blob: Descriptor(mediaType: .ociLayer, digest: diffID, sizeBytes: tarBytes)
        )
    }

    private func digestOfTree(_ path: String) async throws -> (Digest, Int64) {
        try await BlockingPool.shared.run {
            var hasher = ContentHasher()
            do {
                let bytes = try TreeArchiver(into: ClosureSink { hasher.update($0) }).archive(TreeDirectory(path: path))
                return (try hasher.digest, bytes)
            } catch let error as ArchiveError {
                throw ImageError(.invalid, "files in \(path) cannot become a layer", cause: error)
            }
        }
    }

    /// Makes an image of a configuration and layers, and points tags at it; the store is their authority.
    ///
    /// `config.rootfs` is filled from the layers. Durable when it returns. Throws `blobNotFound` for a layer that is
    /// not in the store.
    public func commitImage(
        config: ImageConfig, layers: [Layer], tags: [Reference], cause: Cause? = nil
    ) async throws -> Image {
        var config = config
        config.rootfs = ImageConfig.RootFS(diffIDs: layers.map(\.diffID))
        let configBytes = try encode(config)
        let configDigest = try await addBlob(configBytes)
        let manifest = Manifest(
            mediaType: .ociManifest,
            config: Descriptor(
                mediaType: .ociConfig, digest: configDigest, sizeBytes: Int64(configBytes.count)
            ),
            layers: layers.map(\.blob)
        )
        try await BlockingPool.shared.run { [layout] in try TreeDirectory(path: layout.layers).syncFilesystem() }
        let references = try tags.map { try localName($0).withDefaultTag.checkedTag() }
        let manifestBytes = try encode(manifest)
        let stored = try await store(manifest, manifestBytes, config: configBytes, layers: layers, tags: references)
        for reference in references {
            publish(
                .tagged(reference: reference.canonical, digest: stored.description), about: reference.canonical,
                cause: cause
            )
        }
        return try await image(id: configDigest)
    }

    private func store(
        _ manifest: Manifest, _ bytes: [UInt8], config: [UInt8], layers: [Layer], tags: [Reference]
    ) async throws -> Digest {
        let digest = try await addBlob(bytes)
        let descriptor = Descriptor(mediaType: .ociManifest, digest: digest, sizeBytes: Int64(bytes.count))
        let record = ImageRecord(id: manifest.config.digest, manifest: descriptor, config: config, layers: layers)
        let document = ManifestDocument.manifest(manifest)
        let now = effects.now
        try await metadata.write { [layout] db in
            for edge in document.edges {
                guard try File.exists(layout.blob(edge.child)) || db.builtTree(edge.child) != nil else {
                    throw ImageError.noBlob(edge.child)
                }
            }
            let row = StoredManifest(
                descriptor: descriptor, imageID: record.id, subject: nil,
                artifactType: document.effectiveArtifactType, annotations: nil
            )
            try db.insertManifest(row, edges: document.edges, at: now)
            try db.insertImage(record, at: now)
            for tag in tags {
                try db.setTag(tag, target: digest, imageID: record.id, authority: .local, at: now)
            }
        }
        return digest
    }

    private func encode(_ value: some Encodable) throws -> [UInt8] {
        do { return try JSONEncoding.encode(value) } catch {
            throw ImageError(.invalid, "image document cannot be encoded", cause: error)
        }
    }
}

extension Reference {
    /// This reference if it can be a tag. Throws `invalid` when it is pinned to a digest.
    func checkedTag() throws(ImageError) -> Reference {
        guard digest == nil else { throw ImageError(.invalid, "\(familiar) names a digest; a tag is needed") }
        return self
    }
}
