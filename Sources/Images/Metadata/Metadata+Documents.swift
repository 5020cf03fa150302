import Document
import Effects
import GRDB
import OCI

/// A manifest or index as the database knows it.
struct StoredManifest: Sendable, Hashable {
    let descriptor: Descriptor
    let imageID: Digest?
    let subject: Digest?
    let artifactType: String?
    let annotations: [String: String]?
}

/// Why a document needs another piece of content.
enum EdgeKind: String, Sendable {
    case manifest, config, layer
}

extension Database {
    /// Records a document and what it needs. Writing the same document again changes nothing.
    func insertManifest(
        _ manifest: StoredManifest, edges: [(child: Digest, kind: EdgeKind)], at time: Timestamp
    ) throws {
        let annotations = try manifest.annotations.map { String(decoding: try JSONEncoding.encode($0), as: UTF8.self) }
        try execute(
            sql: """
                INSERT INTO manifest (digest, mediaType, sizeBytes, imageID, subject, artifactType, annotations, storedAt)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
                """,
            arguments: [
                manifest.descriptor.digest.description, manifest.descriptor.mediaType.rawValue,
                manifest.descriptor.sizeBytes, manifest.imageID?.description, manifest.subject?.description,
                manifest.artifactType, annotations, time.nanoseconds,
            ]
        )
        for edge in edges {
            try execute(
                sql: "INSERT OR IGNORE INTO edge (parent, child, kind) VALUES (?, ?, ?)",
                arguments: [
                    manifest.descriptor.digest.description, edge.child.description, edge.kind.rawValue,
                ]
            )
        }
    }

    /// The document with that digest; with `repository`, only if that repository holds it.
    func manifest(_ digest: Digest, repository: String? = nil) throws -> StoredManifest? {
        var sql = "SELECT * FROM manifest WHERE digest = ?"
        var arguments: StatementArguments = [digest.description]
        if let repository {
            sql += " AND EXISTS (SELECT 1 FROM repository WHERE name = ? AND digest = manifest.digest)"
            arguments += [repository]
        }
        return try Row.fetchOne(self, sql: sql, arguments: arguments).map { try StoredManifest($0) }
    }

    /// Manifests whose subject is `digest`, in byte order of their digests.
    func referrers(of digest: Digest, repository: String) throws -> [StoredManifest] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT * FROM manifest WHERE subject = ?
                AND EXISTS (SELECT 1 FROM repository WHERE name = ? AND digest = manifest.digest) ORDER BY digest
                """,
            arguments: [digest.description, repository]
        ).map { try StoredManifest($0) }
    }

    /// Whether any document needs this content.
    func isReferenced(_ digest: Digest) throws -> Bool {
        try Bool.fetchOne(
            self, sql: "SELECT EXISTS (SELECT 1 FROM edge WHERE child = ?)", arguments: [digest.description]
        ) ?? false
    }
}

extension StoredManifest {
    init(_ row: Row) throws {
        let (mediaType, text): (String, String?) = (row["mediaType"], row["annotations"])
        let (image, subject): (String?, String?) = (row["imageID"], row["subject"])
        descriptor = Descriptor(
            mediaType: MediaType(rawValue: mediaType), digest: try row.digest("digest"), sizeBytes: row["sizeBytes"]
        )
        imageID = try image.map { try Digest($0) }
        self.subject = try subject.map { try Digest($0) }
        artifactType = row["artifactType"]
        annotations = try text.map { try JSONDecoding.decode([String: String].self, from: Array($0.utf8)) }
    }
}
