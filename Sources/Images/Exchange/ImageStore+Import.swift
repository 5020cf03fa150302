import Archive
import Effects
import EventBus
import OCI
import SystemLinux

extension ImageStore {
    /// Makes an image of one layer from a tar of a root file system, of any compression (`docker import`).
    public func importArchive(
        _ spool: SpoolFile, tags: [Reference], changes: [ImageChange] = [], message: String? = nil,
        platform: OCIPlatform = .host, cause: Cause? = nil
    ) async throws -> Image {
        let scratch = try await makeScratch()
        do {
            try await unpackPlain(spool, into: scratch.path)
            let layer = try await commitLayer(scratch: scratch)
            var execution = ImageConfig.Execution()
            for change in changes { try change.apply(to: &execution) }
            let now = effects.now.rfc3339Nano
            let step = ImageConfig.HistoryEntry(created: now, createdBy: nil, comment: message ?? "Imported from -")
            let config = ImageConfig(
                platform: platform, created: now, config: execution, history: [step], comment: message
            )
            let image = try await commitImage(config: config, layers: [layer], tags: tags, cause: cause)
            publishImport(image, tags, cause)
            return image
        } catch {
            try? await discard(scratch)
            throw error
        }
    }

    /// Takes the images of an archive that `docker save`, `podman save` or an OCI layout made (`docker load`).
    ///
    /// Returns one line per image: its tag, or its id when it has none.
    public func load(_ spool: SpoolFile, cause: Cause? = nil) async throws -> [LoadedImage] {
        let scratch = try await makeScratch()
        do {
            try await unpackPlain(spool, into: scratch.path)
            let loaded = try await ArchiveLoader(store: self, directory: scratch.path, cause: cause).load()
            try await discard(scratch)
            return loaded
        } catch {
            try? await discard(scratch)
            throw error
        }
    }

    /// Unpacks an archive as it is into a directory. Throws `invalid` for a damaged or hostile one.
    func unpackPlain(_ spool: SpoolFile, into path: String) async throws {
        try await BlockingPool.shared.run {
            do {
                let source = try ExpansionGuard(FileSource(spool.file))
                _ = try TreeUnpacker(into: TreeDirectory(path: path), form: .plain).unpack(source)
            } catch let error as ArchiveError {
                throw ImageError(
                    error.code == .noSpace ? .noSpace : .invalid, "archive cannot be used", cause: error
                )
            }
        }
    }

    func publishImport(_ image: Image, _ tags: [Reference], _ cause: Cause?) {
        for tag in tags {
            publish(
                .imported(reference: tag.canonical, digest: image.id.description), about: tag.canonical, cause: cause
            )
        }
    }
}

/// One image that came out of an archive.
public enum LoadedImage: Sendable, Hashable {
    /// It has this name now.
    case tagged(Reference)
    /// It has no name.
    case untagged(Digest)
}
