import Document
import GRDB

/// The objects on disk: one SQLite file in WAL mode, every commit synced (`synchronous = FULL`).
///
/// All work runs on GRDB's own serial queue, never on the cooperative pool.
final class ObjectDatabase: Sendable {
    /// What a load found.
    struct Content: Sendable {
        let revision: UInt64
        let objects: [StoredObject]
    }

    private let queue: DatabaseQueue

    /// Opens or makes the file at `path`; `:memory:` keeps everything in memory.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "skiff.cluster"
        queue = path == ":memory:" ? try DatabaseQueue() : try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            // GRDB sets NORMAL when it opens WAL; then the last commits could vanish with the power.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        try Self.migrator.migrate(queue)
    }

    /// Runs `work` on the queue, without a transaction; returns at once.
    func schedule(_ work: @escaping @Sendable (Database) -> Void) {
        queue.asyncWriteWithoutTransaction(work)
    }

    /// Reads every object; call once, off the cooperative pool.
    func load() throws -> Content {
        try queue.read { database in
            let revision = try Int64.fetchOne(database, sql: "SELECT value FROM counter WHERE name = 'revision'") ?? 0
            var objects: [StoredObject] = []
            let rows = try Row.fetchCursor(
                database, sql: "SELECT api_group, resource, namespace, name, uid, revision, body FROM object")
            while let row = try rows.next() {
                let bytes = Array((row[6] as String).utf8)
                let key = ObjectKey(
                    GroupResource(row[1], group: row[0]), namespace: row[2], name: row[3])
                objects.append(
                    StoredObject(
                        key: key, uid: row[4], resourceVersion: UInt64(bitPattern: row[5] as Int64),
                        value: try JSONReader.parse(bytes), bytes: bytes))
            }
            return Content(revision: UInt64(bitPattern: revision), objects: objects)
        }
    }

    /// Stores the last state of every changed object and the revision, all in one durable transaction.
    static func commit(_ changes: [Change], revision: UInt64, in database: Database) throws {
        var last: [ObjectKey: Change] = [:]
        for change in changes { last[change.object.key] = change }
        try database.inTransaction(.immediate) {
            let upsert = try database.cachedStatement(
                sql: """
                    INSERT INTO object (api_group, resource, namespace, name, uid, revision, body)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (api_group, resource, namespace, name)
                    DO UPDATE SET uid = excluded.uid, revision = excluded.revision, body = excluded.body
                    """)
            let delete = try database.cachedStatement(
                sql: "DELETE FROM object WHERE api_group = ? AND resource = ? AND namespace = ? AND name = ?")
            for change in last.values {
                let object = change.object
                let key = object.key
                if change.kind == .deleted {
                    try delete.execute(arguments: [key.resource.group, key.resource.resource, key.namespace, key.name])
                } else {
                    try upsert.execute(arguments: [
                        key.resource.group, key.resource.resource, key.namespace, key.name, object.uid,
                        Int64(bitPattern: object.resourceVersion), String(decoding: object.bytes, as: UTF8.self),
                    ])
                }
            }
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO counter (name, value) VALUES ('revision', ?)"
            ).execute(arguments: [Int64(bitPattern: revision)])
            return .commit
        }
    }

    /// The value of `PRAGMA synchronous` on the writer: 2 is FULL.
    func synchronousLevel() throws -> Int {
        try queue.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("objects") { database in
            try database.execute(
                sql: """
                    CREATE TABLE object (
                        id INTEGER PRIMARY KEY,
                        api_group TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        namespace TEXT NOT NULL,
                        name TEXT NOT NULL,
                        uid TEXT NOT NULL,
                        revision INTEGER NOT NULL,
                        body TEXT NOT NULL,
                        UNIQUE (api_group, resource, namespace, name)
                    );
                    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    """)
        }
        return migrator
    }
}
