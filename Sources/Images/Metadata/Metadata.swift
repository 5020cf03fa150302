import Effects
import GRDB
import OCI

/// The store's database: what is tagged, which documents refer to which, and which trees stand.
///
/// Calls suspend while GRDB's own queues work; writes are serialized by SQLite and durable when they return.
struct Metadata: Sendable {
    let pool: DatabasePool

    /// Opens or makes the database file and brings its schema up to date.
    static func open(path: String) async throws(ImageError) -> Metadata {
        do {
            var configuration = Configuration()
            configuration.label = "skiff.images"
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA foreign_keys = ON") }
            let pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL when it opens WAL; an acknowledged tag must survive a power cut.
            try await pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try migrator.migrate(pool)
            return Metadata(pool: pool)
        } catch {
            throw ImageError(.io, "image database \(path) cannot be opened", cause: error)
        }
    }

    /// Reads from a consistent snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await rethrowing { try await pool.read(body) }
    }

    /// Runs one transaction; nothing of it stays when `body` throws.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await rethrowing { try await pool.write(body) }
    }

    private func rethrowing<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as DatabaseError {
            let full = error.resultCode == .SQLITE_FULL
            throw ImageError(
                full ? .noSpace : .io,
                full ? "disk is full; free space or run `skiff image prune`" : "image database failed",
                cause: error
            )
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 documents, tags and trees") { db in try db.execute(sql: schema) }
        return migrator
    }

    /// Digests are stored in their textual form, times in nanoseconds since the epoch.
    ///
    /// `edge` says which document needs which content; garbage collection is a walk over it. A tree is named by the
    /// layer's digest, or, when its tar left out parent directories, by the digest of the chain it was unpacked on.
    private static let schema = """
        CREATE TABLE manifest (
            digest TEXT PRIMARY KEY, mediaType TEXT NOT NULL, sizeBytes INTEGER NOT NULL, imageID TEXT,
            subject TEXT, artifactType TEXT, annotations TEXT, storedAt INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX manifestBySubject ON manifest(subject) WHERE subject IS NOT NULL;
        CREATE INDEX manifestByImage ON manifest(imageID) WHERE imageID IS NOT NULL;
        CREATE TABLE edge (
            parent TEXT NOT NULL REFERENCES manifest(digest) ON DELETE CASCADE, child TEXT NOT NULL,
            kind TEXT NOT NULL, PRIMARY KEY (parent, child, kind)
        ) WITHOUT ROWID;
        CREATE INDEX edgeByChild ON edge(child);
        CREATE TABLE repository (
            name TEXT NOT NULL, digest TEXT NOT NULL, storedAt INTEGER NOT NULL, PRIMARY KEY (name, digest)
        ) WITHOUT ROWID;
        CREATE INDEX repositoryByDigest ON repository(digest);
        CREATE TABLE tag (
            name TEXT NOT NULL, tag TEXT NOT NULL, target TEXT NOT NULL, imageID TEXT, authority TEXT NOT NULL,
            updatedAt INTEGER NOT NULL, PRIMARY KEY (name, tag)
        ) WITHOUT ROWID;
        CREATE INDEX tagByTarget ON tag(target);
        CREATE INDEX tagByImage ON tag(imageID) WHERE imageID IS NOT NULL;
        CREATE TABLE image (
            id TEXT PRIMARY KEY, manifest TEXT NOT NULL, manifestType TEXT NOT NULL, manifestBytes INTEGER NOT NULL,
            config TEXT NOT NULL, storedAt INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE imageLayer (
            imageID TEXT NOT NULL REFERENCES image(id) ON DELETE CASCADE, position INTEGER NOT NULL,
            diffID TEXT NOT NULL, blob TEXT NOT NULL, mediaType TEXT NOT NULL, sizeBytes INTEGER NOT NULL,
            PRIMARY KEY (imageID, position)
        ) WITHOUT ROWID;
        CREATE INDEX imageLayerByDiff ON imageLayer(diffID);
        CREATE TABLE tree (
            name TEXT PRIMARY KEY, diffID TEXT NOT NULL, chain TEXT NOT NULL, tarBytes INTEGER NOT NULL,
            built INTEGER NOT NULL, UNIQUE (diffID, chain)
        ) WITHOUT ROWID;
        CREATE TABLE root (
            containerID TEXT PRIMARY KEY, lower TEXT NOT NULL, imageID TEXT, createdAt INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE rootTree (
            containerID TEXT NOT NULL REFERENCES root(containerID) ON DELETE CASCADE, tree TEXT NOT NULL,
            PRIMARY KEY (containerID, tree)
        ) WITHOUT ROWID;
        CREATE INDEX rootTreeByTree ON rootTree(tree);
        CREATE TABLE retention (
            holder TEXT NOT NULL, diffID TEXT NOT NULL, PRIMARY KEY (holder, diffID)
        ) WITHOUT ROWID;
        CREATE INDEX retentionByDiff ON retention(diffID);
        """
}

extension Row {
    /// A column that holds a digest. Throws `corrupt` when the database holds something else.
    func digest(_ column: String) throws(ImageError) -> Digest {
        let text: String = self[column]
        do { return try Digest(text) } catch {
            throw ImageError(.corrupt, "image database holds \(column) \(text)", cause: error)
        }
    }

    /// A column that holds nanoseconds since the epoch.
    func timestamp(_ column: String) -> Timestamp {
        let nanoseconds: Int64 = self[column]
        return Timestamp(nanoseconds: nanoseconds)
    }
}
