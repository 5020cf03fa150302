import EventBus
import GRDB
import OCI
import SystemLinux

/// One thing that removing an image did, as `docker rmi` prints it.
public enum ImageRemoval: Sendable, Hashable {
    /// A tag is gone.
    case untagged(Reference)
    /// The image itself is gone.
    case deleted(Digest)
}

extension ImageStore {
    /// Removes a name, and with its last name the image.
    ///
    /// An id with several names needs `force`. An image that a container's root stands on keeps its last name unless
    /// `force`, and is never removed from the disk under it. Throws `notFound`, `inUse` or `conflict`.
    public func remove(_ name: String, force: Bool = false, cause: Cause? = nil) async throws -> [ImageRemoval] {
        let image = try await resolve(name)
        let named = try await namedReference(name, image)
        let removed = try await metadata.write { db -> [ImageRemoval] in
            let references = try db.references(of: image.id)
            let containers = try db.containers(of: image.id)
            if named == nil, references.count > 1, !force {
                throw ImageError(
                    .conflict,
                    "conflict: unable to delete \(image.id.short) (must be forced) - image is referenced in multiple repositories"
                )
            }
            let going = named.map { [$0] } ?? references
            let isLast = Set(references).subtracting(going).isEmpty
            if isLast, let container = containers.first, !force {
                throw ImageError(
                    .inUse,
                    "conflict: unable to remove repository reference \"\(name)\" (must force) - container "
                        + "\(container.prefix(12)) is using its referenced image \(image.id.short)"
                )
            }
            for reference in going { _ = try db.removeTag(reference) }
            var result = going.map { ImageRemoval.untagged($0) }
            if isLast, containers.isEmpty {
                try db.forgetImage(image.id)
                result.append(.deleted(image.id))
            }
            return result
        }
        announce(removed, of: image, cause: cause)
        if removed.contains(.deleted(image.id)) { _ = try await collectGarbage(cause: cause) }
        return removed
    }

    /// The tag a person named, nil when they gave an id.
    private func namedReference(_ name: String, _ image: Image) async throws -> Reference? {
        guard !name.hasPrefix("sha256:"), let parsed = try? Reference(name) else { return nil }
        let local = localName(parsed)
        guard local.digest == nil else { return nil }
        let tagged = local.withDefaultTag
        return image.references.contains(tagged) ? tagged : nil
    }

    private func announce(_ removed: [ImageRemoval], of image: Image, cause: Cause?) {
        for step in removed {
            switch step {
            case .untagged(let reference):
                publish(
                    .untagged(reference: reference.canonical, digest: image.manifest.digest.description),
                    about: reference.canonical, cause: cause
                )
            case .deleted(let id):
                publish(.removed(digest: id.description), about: id.description, cause: cause)
            }
        }
    }

    /// How an image came to be, newest step first.
    public func history(of image: Image) async throws -> [ImageHistoryEntry] {
        let sizes = try await metadata.read { db in
            try image.layers.map { layer in
                try Int64.fetchOne(
                    db, sql: "SELECT MAX(tarBytes) FROM tree WHERE diffID = ?", arguments: [layer.diffID.description]
                ) ?? layer.blob.sizeBytes
            }
        }
        var rest = sizes[...]
        var rows: [ImageHistoryEntry] = []
        for step in image.config.history ?? [] {
            let size = step.emptyLayer == true ? 0 : rest.popFirst() ?? 0
            rows.append(Self.row(step.created, step.createdBy, size, step.comment))
        }
        // Layers that nobody wrote a history for are still part of the image.
        for size in rest { rows.append(Self.row(nil, nil, size, nil)) }
        guard let newest = rows.popLast() else { return [] }
        let head = ImageHistoryEntry(
            id: image.id, created: newest.created, createdBy: newest.createdBy, sizeBytes: newest.sizeBytes,
            comment: newest.comment, references: image.references
        )
        return [head] + rows.reversed()
    }

    private static func row(_ created: String?, _ by: String?, _ size: Int64, _ comment: String?) -> ImageHistoryEntry {
        ImageHistoryEntry(
            id: nil, created: created, createdBy: by ?? "", sizeBytes: size, comment: comment ?? "", references: []
        )
    }
}

extension Database {
    /// Drops an image's record and the names it is known by at registries; collection removes its content.
    func forgetImage(_ id: Digest) throws {
        let text = id.description
        try execute(
            sql: """
                DELETE FROM repository WHERE digest IN (SELECT digest FROM manifest WHERE imageID = ?)
                    AND digest NOT IN (SELECT target FROM tag)
                """,
            arguments: [text]
        )
        try execute(sql: "DELETE FROM image WHERE id = ?", arguments: [text])
    }
}

extension ImageStore {
    /// Takes a manifest and its tags out of a repository; content goes with the next collection. Throws `notFound`.
    public func removeManifest(_ digest: Digest, repository: Reference, cause: Cause? = nil) async throws {
        let untagged = try await metadata.write { db -> [String] in
            try db.execute(
                sql: "DELETE FROM repository WHERE name = ? AND digest = ?",
                arguments: [repository.name, digest.description]
            )
            guard db.changesCount > 0 else {
                throw ImageError(.notFound, "manifest \(digest) is not in repository \(repository.familiarName)")
            }
            let tags = try String.fetchAll(
                db, sql: "SELECT tag FROM tag WHERE name = ? AND target = ? ORDER BY tag",
                arguments: [repository.name, digest.description]
            )
            try db.execute(
                sql: "DELETE FROM tag WHERE name = ? AND target = ?", arguments: [repository.name, digest.description]
            )
            return tags
        }
        for tag in untagged {
            let reference = "\(repository.name):\(tag)"
            publish(.untagged(reference: reference, digest: digest.description), about: reference, cause: cause)
        }
    }

    /// Removes one blob that no manifest needs. Throws `blobNotFound`, or `inUse` naming what needs it.
    public func removeBlob(_ digest: Digest) async throws {
        try await metadata.write { [layout] db in
            let user = try String.fetchOne(
                db,
                sql:
                    "SELECT parent FROM edge WHERE child = :d UNION SELECT digest FROM manifest WHERE digest = :d LIMIT 1",
                arguments: ["d": digest.description]
            )
            if let user { throw ImageError(.inUse, "blob \(digest) is needed by manifest \(user)") }
            guard File.exists(layout.blob(digest)) else { throw ImageError.noBlob(digest) }
            try File.remove(layout.blob(digest), ifExists: true)
        }
    }
}
