import Document
import Effects
import GRDB
import OCI

extension Database {
    /// The image with that id, nil when there is none.
    func image(_ id: Digest) throws -> Image? {
        guard
            let row = try Row.fetchOne(self, sql: "SELECT * FROM image WHERE id = ?", arguments: [id.description])
        else { return nil }
        return try image(row)
    }

    /// All images, newest first.
    func images() throws -> [Image] {
        try Row.fetchAll(self, sql: "SELECT * FROM image ORDER BY storedAt DESC, id").map { try image($0) }
    }

    /// Ids of images whose hex begins with `prefix`, at most two: one is an answer, two are ambiguous.
    func imageIDs(prefix: String) throws -> [Digest] {
        // The prefix is hex, so LIKE has no wildcards in it.
        try Row.fetchAll(
            self, sql: "SELECT id FROM image WHERE id LIKE ? LIMIT 2", arguments: ["sha256:\(prefix)%"]
        ).map { try $0.digest("id") }
    }

    private func image(_ row: Row) throws -> Image {
        let id = try row.digest("id")
        let config: String = row["config"]
        let decoded: ImageConfig
        do { decoded = try JSONDecoding.decode(ImageConfig.self, from: Array(config.utf8)) } catch {
            throw ImageError(.corrupt, "configuration of image \(id) cannot be read", cause: error)
        }
        let layers = try imageLayers(id)
        let trees = try Int64.fetchOne(
            self,
            sql: """
                SELECT COALESCE(SUM((SELECT MAX(tarBytes) FROM tree WHERE tree.diffID = imageLayer.diffID)), 0)
                FROM imageLayer WHERE imageID = ?
                """,
            arguments: [id.description]
        )
        let mediaType: String = row["manifestType"]
        return Image(
            id: id,
            manifest: Descriptor(
                mediaType: MediaType(rawValue: mediaType), digest: try row.digest("manifest"),
                sizeBytes: row["manifestBytes"]
            ),
            config: decoded, layers: layers, references: try references(of: id),
            repositoryDigests: try repositoryDigests(of: id),
            sizeBytes: trees ?? 0, storedAt: row.timestamp("storedAt")
        )
    }

    private func imageLayers(_ id: Digest) throws -> [Layer] {
        try Row.fetchAll(
            self, sql: "SELECT * FROM imageLayer WHERE imageID = ? ORDER BY position", arguments: [id.description]
        ).map { row in
            let mediaType: String = row["mediaType"]
            return Layer(
                diffID: try row.digest("diffID"),
                blob: Descriptor(
                    mediaType: MediaType(rawValue: mediaType), digest: try row.digest("blob"),
                    sizeBytes: row["sizeBytes"]
                )
            )
        }
    }

    /// Names with digests: what pulled tags point at (often an index), and manifests pulled or pushed by digest only.
    private func repositoryDigests(of id: Digest) throws -> [Reference] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT name, target AS digest FROM tag WHERE imageID = :id AND authority = 'pulled'
                UNION SELECT name, digest FROM repository
                WHERE digest IN (SELECT digest FROM manifest WHERE imageID = :id)
                AND name NOT IN (SELECT name FROM tag WHERE imageID = :id)
                ORDER BY 1, 2
                """,
            arguments: ["id": id.description]
        ).map { row in
            let name: String = row["name"]
            return try Reference(name).with(digest: row.digest("digest"))
        }
    }

    /// Records an image; a newer manifest for the same configuration takes the older one's place.
    func insertImage(
        id: Digest, manifest: Descriptor, config: [UInt8], layers: [Layer], at time: Timestamp
    ) throws {
        try execute(
            sql: """
                INSERT INTO image (id, manifest, manifestType, manifestBytes, config, storedAt) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET manifest = excluded.manifest, manifestType = excluded.manifestType,
                    manifestBytes = excluded.manifestBytes, storedAt = excluded.storedAt
                """,
            arguments: [
                id.description, manifest.digest.description, manifest.mediaType.rawValue, manifest.sizeBytes,
                String(decoding: config, as: UTF8.self), time.nanoseconds,
            ]
        )
        try execute(sql: "DELETE FROM imageLayer WHERE imageID = ?", arguments: [id.description])
        for (position, layer) in layers.enumerated() {
            try execute(
                sql: "INSERT INTO imageLayer VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    id.description, position, layer.diffID.description, layer.blob.digest.description,
                    layer.blob.mediaType.rawValue, layer.blob.sizeBytes,
                ]
            )
        }
    }
}
