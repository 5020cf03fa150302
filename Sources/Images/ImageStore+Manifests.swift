import Effects
import EventBus
import GRDB
import OCI
import SystemLinux

extension ImageStore {
    /// Keeps a manifest or index in a repository, and points tags at it.
    ///
    /// The content it names must be there, except what an index names when `allowsMissing` (a pull fetches one
    /// platform of many). Durable when it returns. Throws `invalid`, `unsupported`, or `blobNotFound`.
    @discardableResult
    public func putManifest(
        _ bytes: [UInt8], mediaType: MediaType, repository: Reference, tags: [String] = [], expecting: Digest? = nil,
        authority: TagAuthority, allowsMissing: Bool = false, cause: Cause? = nil
    ) async throws -> Descriptor {
        guard bytes.count <= Self.documentLimitBytes else {
            throw ImageError(.invalid, "manifest is larger than \(Self.documentLimitBytes) bytes")
        }
        let document = try ManifestDocument(bytes, mediaType: mediaType)
        if !allowsMissing { try await requireContent(of: document) }
        let digest = try await addBlob(bytes, expecting: expecting)
        let descriptor = Descriptor(mediaType: mediaType, digest: digest, sizeBytes: Int64(bytes.count))
        let image = try await imageRecord(document, descriptor)
        let stored = StoredManifest(
            descriptor: descriptor, imageID: image?.id, subject: document.subject?.digest,
            artifactType: document.effectiveArtifactType, annotations: document.annotations
        )
        let references = try tags.map { try repository.with(tag: $0) }
        let now = effects.now
        try await metadata.write { [layout] db in
            // Checked again where collection cannot run in between: both are writes.
            guard File.exists(layout.blob(digest)) else { throw ImageError.noBlob(digest) }
            if !allowsMissing {
                for edge in document.edges { try Self.require(edge.child, db, layout) }
            }
            try db.insertManifest(stored, edges: document.edges, at: now)
            try db.linkRepository(repository.name, digest, at: now)
            guard !references.isEmpty else { return }
            if let image { try db.insertImage(image, at: now) }
            for reference in references {
                try db.setTag(reference, target: digest, imageID: image?.id, authority: authority, at: now)
            }
        }
        for reference in references {
            publish(
                .tagged(reference: reference.canonical, digest: digest.description), about: reference.canonical,
                cause: cause
            )
        }
        return descriptor
    }

    /// Keeps an image that has no name, as `docker load` of an archive without tags makes it. Returns its id.
    func keepUntagged(_ bytes: [UInt8], mediaType: MediaType) async throws -> Digest {
        let document = try ManifestDocument(bytes, mediaType: mediaType)
        let digest = try await addBlob(bytes)
        let descriptor = Descriptor(mediaType: mediaType, digest: digest, sizeBytes: Int64(bytes.count))
        guard let image = try await imageRecord(document, descriptor) else {
            throw ImageError(.unsupported, "\(digest) is no image for \(OCIPlatform.host)")
        }
        let stored = StoredManifest(
            descriptor: descriptor, imageID: image.id, subject: nil, artifactType: document.effectiveArtifactType,
            annotations: document.annotations
        )
        let now = effects.now
        try await metadata.write { [layout] db in
            for edge in document.edges where mediaType.isManifest { try Self.require(edge.child, db, layout) }
            try db.insertManifest(stored, edges: document.edges, at: now)
            try db.insertImage(image, at: now)
        }
        return image.id
    }

    /// What a tag or digest of a repository names: its descriptor, nil when there is no such thing.
    public func manifestDescriptor(_ reference: Reference) async throws -> Descriptor? {
        try await metadata.read { db in
            if let digest = reference.digest {
                return try db.manifest(digest, repository: reference.name)?.descriptor
            }
            guard let tag = try db.tag(reference) else { return nil }
            return try db.manifest(tag.target)?.descriptor
        }
    }

    /// The exact bytes of a manifest, verified. Throws `notFound`.
    public func manifest(_ reference: Reference) async throws -> (descriptor: Descriptor, bytes: [UInt8]) {
        guard let descriptor = try await manifestDescriptor(reference) else {
            throw ImageError.noImage(reference.familiar)
        }
        return (descriptor, try await readDocument(descriptor.digest))
    }

    /// Manifests of the repository whose subject is `digest`, in byte order (distribution-spec, "Listing Referrers").
    public func referrers(of digest: Digest, repository: Reference) async throws -> [Descriptor] {
        try await metadata.read { db in
            try db.referrers(of: digest, repository: repository.name).map { manifest in
                var descriptor = manifest.descriptor
                descriptor.artifactType = manifest.artifactType
                descriptor.annotations = manifest.annotations
                return descriptor
            }
        }
    }

    /// What an image needs to be run, read from the content that is there.
    struct ImageRecord: Sendable {
        let id: Digest
        let manifest: Descriptor
        let config: [UInt8]
        let layers: [Layer]
    }

    /// The image a document means on a platform; nil for artifacts and for indexes without a fitting entry.
    func imageRecord(
        _ document: ManifestDocument, _ descriptor: Descriptor, platform: OCIPlatform = .host
    ) async throws -> ImageRecord? {
        switch document {
        case .index(let index):
            guard let child = index.manifest(for: platform), File.exists(layout.blob(child.digest)) else { return nil }
            let inner = try ManifestDocument(try await readDocument(child.digest), mediaType: child.mediaType)
            return try await imageRecord(inner, child, platform: platform)
        case .manifest(let manifest):
            guard manifest.config.mediaType.isConfig, manifest.layers.allSatisfy({ $0.mediaType.isLayer }) else {
                return nil
            }
            let bytes = try await readDocument(manifest.config.digest)
            let config = try Self.decodeConfig(bytes, manifest.config.digest)
            guard config.rootfs.diffIDs.count == manifest.layers.count else {
                throw ImageError(
                    .invalid,
                    "manifest \(descriptor.digest) has \(manifest.layers.count) layers, its configuration "
                        + "\(config.rootfs.diffIDs.count)"
                )
            }
            let layers = zip(config.rootfs.diffIDs, manifest.layers).map { Layer(diffID: $0, blob: $1) }
            return ImageRecord(id: manifest.config.digest, manifest: descriptor, config: bytes, layers: layers)
        }
    }

    private func requireContent(of document: ManifestDocument) async throws {
        for edge in document.edges {
            guard try await blobSize(edge.child) != nil else { throw ImageError.noBlob(edge.child) }
        }
    }

    private static func require(_ digest: Digest, _ db: Database, _ layout: StoreLayout) throws {
        if File.exists(layout.blob(digest)) { return }
        guard try db.builtTree(digest) != nil else { throw ImageError.noBlob(digest) }
    }
}

extension Database {
    func insertImage(_ image: ImageStore.ImageRecord, at time: Timestamp) throws {
        try insertImage(id: image.id, manifest: image.manifest, config: image.config, layers: image.layers, at: time)
    }
}
