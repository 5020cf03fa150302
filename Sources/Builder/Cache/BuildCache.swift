import Document
import Effects
import GRDB
import OCI
import SystemLinux

/// A layer that an earlier step made, as the cache knows it.
struct CachedLayer: Sendable, Hashable {
    /// The layer's digest and blob; nil when the step changed nothing.
    let diffID: Digest?
    /// The size of the layer's tar in bytes.
    let sizeBytes: Int64
    /// When the step ran.
    let created: Timestamp
}

/// The build cache: results of steps by the key of what they depend on. Lasts over restarts.
///
/// Calls suspend while GRDB's queue works. A lost or damaged database only costs time: everything is built again.
final class BuildCache: Sendable {
    /// Results that are kept; the least recently used ones are forgotten beyond this.
    static let maximumRecords = 20_000

    private let queue: DatabaseQueue

    private init(queue: DatabaseQueue) { self.queue = queue }

    /// Opens or makes the database in the directory `root`, which exists.
    static func open(root: String) async throws -> BuildCache {
        var configuration = Configuration()
        configuration.label = "skiff.builder"
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            // A cache may lose its last entries in a power cut; the store's own database decides what exists.
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        let queue = try DatabaseQueue(path: root + "/cache.sqlite", configuration: configuration)
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 steps") { db in try db.execute(sql: schema) }
        try migrator.migrate(queue)
        return BuildCache(queue: queue)
    }

    /// `step` holds results; `alias` says which content a cheaper key stood for; `image` gives equal images equal
    /// times; `place` remembers the last key at a place of a Dockerfile, to explain misses.
    private static let schema = """
        CREATE TABLE step (
            key TEXT PRIMARY KEY, title TEXT NOT NULL, inputs TEXT NOT NULL, diffID TEXT, sizeBytes INTEGER NOT NULL,
            created INTEGER NOT NULL, usedAt INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX stepByUse ON step(usedAt);
        CREATE INDEX stepByLayer ON step(diffID) WHERE diffID IS NOT NULL;
        CREATE TABLE alias (key TEXT PRIMARY KEY, digest TEXT NOT NULL, usedAt INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX aliasByUse ON alias(usedAt);
        CREATE TABLE image (key TEXT PRIMARY KEY, created INTEGER NOT NULL, usedAt INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX imageByUse ON image(usedAt);
        CREATE TABLE place (name TEXT PRIMARY KEY, inputs TEXT NOT NULL, usedAt INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX placeByUse ON place(usedAt);
        """

    /// The result stored for `key`, if any.
    func step(_ key: String) async throws -> CachedLayer? {
        try await queue.read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM step WHERE key = ?", arguments: [key]) else {
                return nil
            }
            let digest: String? = row["diffID"]
            return CachedLayer(
                diffID: try digest.map { try Digest($0) }, sizeBytes: row["sizeBytes"],
                created: Timestamp(nanoseconds: row["created"]))
        }
    }

    /// Stores a step's result.
    func insert(_ layer: CachedLayer, inputs: CacheInputs, title: String) async throws {
        let (key, text) = (inputs.key, inputs.storedText)
        try await queue.write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO step (key, title, inputs, diffID, sizeBytes, created, usedAt) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    key, title, text, layer.diffID?.description, layer.sizeBytes, layer.created.nanoseconds,
                    layer.created.nanoseconds,
                ])
        }
    }

    /// Forgets a result whose layer is gone.
    func remove(_ key: String) async throws {
        try await queue.write { db in try db.execute(sql: "DELETE FROM step WHERE key = ?", arguments: [key]) }
    }

    /// The content digest that `key` stood for.
    func alias(_ key: String) async throws -> String? {
        try await queue.read { db in
            try String.fetchOne(db, sql: "SELECT digest FROM alias WHERE key = ?", arguments: [key])
        }
    }

    /// Remembers which content `key` stands for.
    func insertAlias(_ key: String, digest: String, now: Timestamp) async throws {
        try await queue.write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO alias (key, digest, usedAt) VALUES (?, ?, ?)",
                arguments: [key, digest, now.nanoseconds])
        }
    }

    /// The time at which an image with this key was first made: `now` for a new one.
    func created(image key: String, now: Timestamp) async throws -> Timestamp {
        let known = try await queue.read { db in
            try Int64.fetchOne(db, sql: "SELECT created FROM image WHERE key = ?", arguments: [key])
        }
        if let known { return Timestamp(nanoseconds: known) }
        try await queue.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO image (key, created, usedAt) VALUES (?, ?, ?)",
                arguments: [key, now.nanoseconds, now.nanoseconds])
        }
        return now
    }

    /// Notes, after a build, which results were used and what stood where.
    func finish(used keys: [String], places: [String: CacheInputs], now: Timestamp) async throws {
        guard !keys.isEmpty || !places.isEmpty else { return }
        let texts = places.mapValues(\.storedText)
        try await queue.write { db in
            for key in keys {
                try db.execute(
                    sql: "UPDATE step SET usedAt = ? WHERE key = ?", arguments: [now.nanoseconds, key])
            }
            for (name, text) in texts {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO place (name, inputs, usedAt) VALUES (?, ?, ?)",
                    arguments: [name, text, now.nanoseconds])
            }
        }
    }

    /// What the step at a place of a Dockerfile depended on the last time.
    func inputs(at place: String) async throws -> CacheInputs? {
        let text = try await queue.read { db in
            try String.fetchOne(db, sql: "SELECT inputs FROM place WHERE name = ?", arguments: [place])
        }
        return text.flatMap { CacheInputs(storedText: $0) }
    }

    /// All results, least recently used first.
    func records() async throws -> [BuildCacheRecord] {
        try await queue.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM step ORDER BY usedAt, key").map { row in
                let digest: String? = row["diffID"]
                return BuildCacheRecord(
                    key: row["key"], title: row["title"], diffID: try digest.map { try Digest($0) },
                    sizeBytes: row["sizeBytes"], created: Timestamp(nanoseconds: row["created"]),
                    lastUsed: Timestamp(nanoseconds: row["usedAt"]))
            }
        }
    }

    /// Forgets results; returns the layers that no other result needs.
    func remove(_ keys: [String]) async throws -> [Digest] {
        try await queue.write { db in
            var orphans: [Digest] = []
            for key in keys {
                let text = try String.fetchOne(db, sql: "SELECT diffID FROM step WHERE key = ?", arguments: [key])
                try db.execute(sql: "DELETE FROM step WHERE key = ?", arguments: [key])
                guard let text else { continue }
                let isUsed = try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM step WHERE diffID = ?)", arguments: [text])
                if isUsed != true { orphans.append(try Digest(text)) }
            }
            return orphans
        }
    }

    /// Keys beyond the limit on records, least recently used first; the small tables are cut right here.
    func overflow() async throws -> [String] {
        try await queue.write { db in
            for table in ["alias", "image", "place"] {
                let key = table == "place" ? "name" : "key"
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE \(key) IN "
                        + "(SELECT \(key) FROM \(table) ORDER BY usedAt DESC LIMIT -1 OFFSET ?)",
                    arguments: [Self.maximumRecords])
            }
            return try String.fetchAll(
                db, sql: "SELECT key FROM step ORDER BY usedAt DESC LIMIT -1 OFFSET ?",
                arguments: [Self.maximumRecords])
        }
    }
}

/// One result in the build cache.
public struct BuildCacheRecord: Sendable, Hashable {
    /// The key.
    public let key: String
    /// The instruction.
    public let title: String
    /// The layer; nil when the step changed nothing.
    public let diffID: Digest?
    /// The size of the layer's tar in bytes.
    public let sizeBytes: Int64
    /// When the step ran.
    public let created: Timestamp
    /// When a build used it last.
    public let lastUsed: Timestamp
}

extension CacheInputs {
    /// The fields as JSON, for the database.
    var storedText: String {
        let pairs = fields.map { JSONValue.array([.string($0.name), .string($0.value)]) }
        return String(decoding: JSONWriter.bytes(.array(pairs)), as: UTF8.self)
    }

    /// Reads what `storedText` wrote; nil when it is damaged.
    init?(storedText: String) {
        guard let value = try? JSONReader.parse(Array(storedText.utf8)), case .array(let pairs) = value else {
            return nil
        }
        var fields: [Field] = []
        for case .array(let pair) in pairs {
            guard pair.count == 2, case .string(let name) = pair[0], case .string(let value) = pair[1] else {
                return nil
            }
            fields.append(Field(name: name, value: value))
        }
        self.init(fields: fields)
    }
}
