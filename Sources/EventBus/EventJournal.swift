import Effects
import GRDB

/// One event as the tail on disk keeps it: the same facts, the payload as printed text.
public struct JournalEntry: Sendable, Hashable {
    /// Its place in the log.
    public let id: EventID
    /// When it was published.
    public let time: Timestamp
    /// Who published it.
    public let module: String
    /// `family.case`.
    public let kind: String
    /// What it is about.
    public let subject: Subject
    /// What it follows from.
    public let cause: Cause?
    /// The payload, `name=value` separated by blanks.
    public let detail: String

    /// The printed form of `event`.
    public init(_ event: Event) {
        id = event.id
        time = event.time
        module = event.module.rawValue
        kind = event.payload.kind
        subject = event.subject
        cause = event.cause
        detail = event.payload.attributes.filter { !$0.value.isEmpty }
            .map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    init(row: Row) {
        id = EventID(rawValue: UInt64(bitPattern: row["id"] as Int64))
        time = Timestamp(nanoseconds: row["time"])
        module = row["module"]
        kind = row["kind"]
        subject = Subject(kind: row["subjectKind"], id: row["subjectID"])
        detail = row["detail"]
        if let event = row["causeEvent"] as Int64? {
            cause = .event(EventID(rawValue: UInt64(bitPattern: event)))
        } else {
            cause = (row["causeRequest"] as String?).map(Cause.request)
        }
    }
}

/// The bounded tail of the log in SQLite: the newest entries of all, and the newest 64 of every subject that lives.
///
/// It follows the bus with a subscription of its own and writes in batches, so a crash loses at most the last moments
/// of history, never state. All methods that touch the file run on GRDB's queue and suspend meanwhile.
public final class EventJournal: Sendable {
    /// Entries kept of all subjects together.
    public static let tailMax = 50_000
    /// Entries kept of each live subject when the tail has moved past them.
    public static let linksPerSubjectMax = 64
    /// Sequence numbers set aside at a time, so that a restart never uses one twice.
    static let reservation: UInt64 = 1 << 20
    /// Events written in one transaction at most.
    static let batchMax = 512
    /// Batches between two prunings.
    static let pruneInterval = 32

    private let database: DatabaseQueue
    /// The first sequence number this run may give.
    public let firstID: EventID

    /// Opens or makes the journal at `path` and reserves sequence numbers for this run. Blocks on the file.
    public init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "skiff.events"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // History, not state: losing the last batch to a power cut is the stated trade.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        try Self.migrator.migrate(database)
        firstID = try database.write { database in
            let reserved = try Int64.fetchOne(database, sql: "SELECT reserved FROM sequence") ?? 1
            try database.execute(
                sql: "INSERT OR REPLACE INTO sequence (id, reserved) VALUES (1, ?)",
                arguments: [reserved + Int64(Self.reservation)]
            )
            return EventID(rawValue: UInt64(bitPattern: reserved))
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE sequence (id INTEGER PRIMARY KEY CHECK (id = 1), reserved INTEGER NOT NULL);
                    CREATE TABLE event (
                        id INTEGER PRIMARY KEY, time INTEGER NOT NULL, module TEXT NOT NULL, kind TEXT NOT NULL,
                        subjectKind TEXT NOT NULL, subjectID TEXT NOT NULL, causeEvent INTEGER, causeRequest TEXT,
                        detail TEXT NOT NULL);
                    CREATE INDEX event_subject ON event (subjectKind, subjectID, id);
                    """
            )
        }
        return migrator
    }

    /// Copies the bus into the file until the task is cancelled.
    public func run(following bus: EventBus) async throws {
        let subscription = bus.subscribe(name: "journal")
        var iterator = subscription.makeAsyncIterator()
        var batches = 0
        while let batch = await iterator.nextBatch() {
            guard !batch.isEmpty else { continue }
            try await append(batch.map(JournalEntry.init))
            batches += 1
            if batches % Self.pruneInterval == 0 { try await prune() }
        }
    }

    /// Writes entries in one transaction.
    public func append(_ entries: [JournalEntry]) async throws {
        try await database.write { database in
            for entry in entries { try Self.insert(entry, into: database) }
            if let last = entries.last { try Self.extendReservation(past: last.id, in: database) }
        }
    }

    private static func insert(_ entry: JournalEntry, into database: Database) throws {
        var causeEvent: Int64?
        var causeRequest: String?
        switch entry.cause {
        case .event(let id): causeEvent = Int64(bitPattern: id.rawValue)
        case .request(let text): causeRequest = text
        case nil: break
        }
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            Int64(bitPattern: entry.id.rawValue), entry.time.nanoseconds, entry.module, entry.kind,
            entry.subject.kind, entry.subject.id, causeEvent, causeRequest, entry.detail,
        ])
    }

    private static func extendReservation(past id: EventID, in database: Database) throws {
        let next = Int64(bitPattern: id.rawValue)
        try database.execute(
            sql: "UPDATE sequence SET reserved = ? WHERE reserved < ?",
            arguments: [next + Int64(reservation), next + Int64(reservation / 2)]
        )
    }

    /// Drops what is older than the tail, except the newest links of subjects whose last event is not their end.
    func prune(keeping tail: Int = EventJournal.tailMax) async throws {
        try await database.write { database in
            guard
                let edge = try Int64.fetchOne(
                    database,
                    sql: "SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?",
                    arguments: [tail]
                )
            else { return }
            try database.execute(
                sql: """
                    DELETE FROM event WHERE id IN (
                        SELECT id FROM (
                            SELECT id,
                                   row_number() OVER newest AS age,
                                   first_value(kind) OVER newest AS latest
                            FROM event
                            WINDOW newest AS (PARTITION BY subjectKind, subjectID ORDER BY id DESC)
                        )
                        WHERE id <= ? AND (age > ? OR latest IN ('object.deleted', 'container.removed', 'image.removed'))
                    )
                    """,
                arguments: [edge, Self.linksPerSubjectMax]
            )
        }
    }

    /// The newest `limit` entries of `subject`, oldest first.
    public func entries(of subject: Subject, limit: Int = EventJournal.linksPerSubjectMax) async throws
        -> [JournalEntry]
    {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM event WHERE subjectKind = ? AND subjectID = ? ORDER BY id DESC LIMIT ?",
                arguments: [subject.kind, subject.id, limit]
            ).map(JournalEntry.init(row:)).reversed()
        }
    }

    /// The entry with that id, if it is still kept.
    public func entry(_ id: EventID) async throws -> JournalEntry? {
        try await database.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT * FROM event WHERE id = ?",
                arguments: [Int64(bitPattern: id.rawValue)]
            ).map(JournalEntry.init(row:))
        }
    }

    /// Entries from `since` on, oldest first, at most `limit` of the newest.
    public func entries(since: Timestamp, limit: Int) async throws -> [JournalEntry] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM event WHERE time >= ? ORDER BY id DESC LIMIT ?",
                arguments: [since.nanoseconds, limit]
            ).map(JournalEntry.init(row:)).reversed()
        }
    }
}
