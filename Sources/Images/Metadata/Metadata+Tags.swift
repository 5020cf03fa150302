import Effects
import GRDB
import OCI

extension Database {
    /// The tag's row, nil when there is none.
    func tag(_ reference: Reference) throws -> StoredTag? {
        let tag = reference.tag ?? Reference.defaultTag
        let row = try Row.fetchOne(
            self, sql: "SELECT * FROM tag WHERE name = ? AND tag = ?", arguments: [reference.name, tag]
        )
        return try row.map { try StoredTag($0) }
    }

    /// Points a tag at a manifest or index. `imageID` is the image it means on this machine, if any.
    func setTag(
        _ reference: Reference, target: Digest, imageID: Digest?, authority: TagAuthority, at time: Timestamp
    ) throws {
        try execute(
            sql: """
                INSERT INTO tag (name, tag, target, imageID, authority, updatedAt) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (name, tag) DO UPDATE SET target = excluded.target, imageID = excluded.imageID,
                    authority = excluded.authority, updatedAt = excluded.updatedAt
                """,
            arguments: [
                reference.name, reference.tag ?? Reference.defaultTag, target.description, imageID?.description,
                authority.rawValue, time.nanoseconds,
            ]
        )
        try linkRepository(reference.name, target, at: time)
    }

    /// Notes that a repository holds a manifest, so that it can be asked for by digest.
    func linkRepository(_ name: String, _ digest: Digest, at time: Timestamp) throws {
        try execute(
            sql: "INSERT OR IGNORE INTO repository (name, digest, storedAt) VALUES (?, ?, ?)",
            arguments: [name, digest.description, time.nanoseconds]
        )
    }

    /// Takes a tag away; false when there was none.
    func removeTag(_ reference: Reference) throws -> Bool {
        try execute(
            sql: "DELETE FROM tag WHERE name = ? AND tag = ?",
            arguments: [reference.name, reference.tag ?? Reference.defaultTag]
        )
        return changesCount > 0
    }

    /// Tags that mean an image, in byte order.
    func references(of imageID: Digest) throws -> [Reference] {
        try Row.fetchAll(
            self, sql: "SELECT name, tag FROM tag WHERE imageID = ? ORDER BY name, tag",
            arguments: [imageID.description]
        ).map { row in
            let name: String = row["name"]
            return try Reference(name).with(tag: row["tag"])
        }
    }
}

extension StoredTag {
    init(_ row: Row) throws {
        let (name, tag, authority): (String, String, String) = (row["name"], row["tag"], row["authority"])
        reference = try Reference(name).with(tag: tag)
        target = try row.digest("target")
        self.authority = TagAuthority(rawValue: authority) ?? .pulled
        updatedAt = row.timestamp("updatedAt")
    }
}
