import Document
import Effects
import EventBus
import GRDB
import OCI

extension ImageStore {
    /// All tags in byte order.
    public func tags() async throws -> [StoredTag] {
        try await metadata.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM tag ORDER BY name, tag").map { try StoredTag($0) }
        }
    }

    /// Tags of one repository in byte order; nil when the store knows no such repository.
    public func tags(of repository: Reference) async throws -> [String]? {
        try await metadata.read { db in
            let tags = try String.fetchAll(
                db, sql: "SELECT tag FROM tag WHERE name = ? ORDER BY tag", arguments: [repository.name]
            )
            guard tags.isEmpty else { return tags }
            let known = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM repository WHERE name = ?)", arguments: [repository.name]
            )
            return known == true ? [] : nil
        }
    }

    /// Names of all repositories in byte order, as `docker.io/library/app`.
    public func repositories() async throws -> [String] {
        try await metadata.read { db in
            try String.fetchAll(db, sql: "SELECT name FROM tag UNION SELECT name FROM repository ORDER BY 1")
        }
    }

    /// The tag's row, nil when there is none.
    public func storedTag(_ reference: Reference) async throws -> StoredTag? {
        try await metadata.read { db in try db.tag(reference) }
    }

    /// The image that a person means: a name, `name@digest`, an id, or the beginning of an id.
    ///
    /// Throws `notFound`, `invalid` for a malformed name, or `conflict` when several ids begin so.
    public func resolve(_ name: String) async throws -> Image {
        let bare = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
        let looksLikeID =
            !bare.isEmpty
            && bare.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        // A full id is never a name; a short one may be, and a name wins, as Docker has it.
        if name.hasPrefix("sha256:") || bare.utf8.count == 64 {
            guard looksLikeID, let image = try await image(idPrefix: bare) else { throw ImageError.noImage(name) }
            return image
        }
        if let reference = try? Reference(name), let image = try await find(reference) { return image }
        if looksLikeID, let image = try await image(idPrefix: bare) { return image }
        do { _ = try Reference(name) } catch { throw ImageError(.invalid, error.message, cause: nil) }
        throw ImageError.noImage(name.contains(":") || name.contains("@") ? name : "\(name):latest")
    }

    /// The image a reference names, nil when the store does not have it.
    public func find(_ reference: Reference) async throws -> Image? {
        let local = localName(reference)
        return try await metadata.read { db in
            if let digest = local.digest { return try db.image(repository: local.name, digest: digest) }
            guard
                let id = try String.fetchOne(
                    db, sql: "SELECT imageID FROM tag WHERE name = ? AND tag = ?",
                    arguments: [local.name, local.tag ?? Reference.defaultTag]
                )
            else { return nil }
            return try db.image(Digest(id))
        }
    }

    /// The image with that id. Throws `notFound`.
    public func image(id: Digest) async throws -> Image {
        guard let image = try await metadata.read({ db in try db.image(id) }) else {
            throw ImageError.noImage(id.description)
        }
        return image
    }

    /// All images, newest first.
    public func list() async throws -> [Image] {
        try await metadata.read { db in try db.images() }
    }

    /// Gives an image another name; the store itself is its authority from now on.
    public func tag(_ source: String, as reference: Reference, cause: Cause? = nil) async throws {
        let image = try await resolve(source)
        let local = localName(reference).withDefaultTag
        guard local.digest == nil, local.tag != nil else {
            throw ImageError(.invalid, "\(reference.familiar) names a digest; a tag is needed")
        }
        let target: Digest
        if let known = try? Reference(source), let tag = try await storedTag(localName(known)) {
            // An index stays an index: the new name means all of its platforms.
            target = tag.target
        } else {
            target = image.manifest.digest
        }
        let now = effects.now
        try await metadata.write { db in
            guard try db.image(image.id) != nil else { throw ImageError.noImage(source) }
            try db.setTag(local, target: target, imageID: image.id, authority: .local, at: now)
        }
        publish(
            .tagged(reference: local.canonical, digest: target.description), about: local.canonical, cause: cause
        )
    }

    /// Takes a tag away and keeps the content, which collection removes later. Throws `notFound`.
    public func untag(_ reference: Reference, cause: Cause? = nil) async throws {
        let local = localName(reference).withDefaultTag
        let target = try await metadata.write { db -> Digest in
            guard let tag = try db.tag(local), try db.removeTag(local) else {
                throw ImageError.noImage(reference.familiar)
            }
            return tag.target
        }
        publish(
            .untagged(reference: local.canonical, digest: target.description), about: local.canonical, cause: cause
        )
    }

    private func image(idPrefix prefix: String) async throws -> Image? {
        try await metadata.read { db in
            let ids = try db.imageIDs(prefix: prefix)
            guard ids.count < 2 else {
                throw ImageError(.conflict, "image id \(prefix) is ambiguous; give more of its characters")
            }
            return try ids.first.flatMap { try db.image($0) }
        }
    }

    static func decodeConfig(_ bytes: [UInt8], _ digest: Digest) throws(ImageError) -> ImageConfig {
        do { return try JSONDecoding.decode(ImageConfig.self, from: bytes) } catch {
            throw ImageError(.invalid, "image configuration \(digest) is not valid", cause: error)
        }
    }
}

extension Database {
    /// The image that a manifest or index of a repository means on this machine.
    func image(repository: String, digest: Digest) throws -> Image? {
        let id = try String.fetchOne(
            self,
            sql: """
                SELECT COALESCE(
                    (SELECT imageID FROM manifest WHERE digest = :digest AND EXISTS
                        (SELECT 1 FROM repository WHERE name = :name AND digest = :digest)),
                    (SELECT imageID FROM tag WHERE name = :name AND target = :digest AND imageID IS NOT NULL LIMIT 1))
                """,
            arguments: ["digest": digest.description, "name": repository]
        )
        return try id.flatMap { try image(Digest($0)) }
    }
}
