import GRDB
import NFTables

/// Ranges, networks and leases in SQLite.
///
/// GRDB runs the work on its own queue, so nothing here blocks the cooperative pool. Commits survive a crash of the
/// process; a power cut may lose the last ones, which is right because it ends every sandbox too.
struct NetworkStore: Sendable {
    private let database: DatabaseQueue

    /// Opens or makes the database file; `path` ":memory:" keeps it in memory for tests.
    static func open(path: String) async throws(NetworkError) -> NetworkStore {
        do {
            var configuration = Configuration()
            configuration.label = "skiff.networking"
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            let store = NetworkStore(database: database)
            try await database.write { db in try db.execute(sql: Self.schema) }
            return store
        } catch {
            throw NetworkError(.store, "cannot open the network database \(path)", cause: error)
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS ranges (only INTEGER PRIMARY KEY CHECK (only = 1), pods TEXT NOT NULL,
            services TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS network (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, mode TEXT NOT NULL,
            range TEXT NOT NULL, internal INTEGER NOT NULL, labels TEXT NOT NULL, created INTEGER NOT NULL,
            cursor INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE IF NOT EXISTS lease (network TEXT NOT NULL, address INTEGER NOT NULL, sandbox TEXT NOT NULL,
            host_interface TEXT NOT NULL, interface TEXT NOT NULL, names TEXT NOT NULL,
            PRIMARY KEY (network, address)) WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS lease_by_sandbox ON lease (sandbox, network);
        """

    private func write(_ what: String, _ body: @escaping @Sendable (Database) throws -> Void) async throws(NetworkError)
    {
        do { try await database.write(body) } catch {
            throw NetworkError(.store, "cannot record \(what)", cause: error)
        }
    }

    private func read<T: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws(NetworkError) -> T {
        do { return try await database.read(body) } catch {
            throw NetworkError(.store, "cannot read \(what)", cause: error)
        }
    }

    // MARK: - Ranges

    func ranges() async throws(NetworkError) -> ClusterRanges? {
        try await read("the cluster's ranges") { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT pods, services FROM ranges"),
                let pods = IPv4Prefix(row["pods"] as String), let services = IPv4Prefix(row["services"] as String)
            else { return nil }
            return ClusterRanges(pods: pods, services: services)
        }
    }

    func save(_ ranges: ClusterRanges) async throws(NetworkError) {
        try await write("the cluster's ranges") { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO ranges (only, pods, services) VALUES (1, ?, ?)",
                arguments: [ranges.pods.description, ranges.services.description]
            )
        }
    }

    // MARK: - Networks

    func networks() async throws(NetworkError) -> [(record: NetworkRecord, cursor: IPv4Address)] {
        try await read("the networks") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM network ORDER BY created, name").compactMap { row in
                guard let mode = NetworkMode(rawValue: row["mode"]), let range = IPv4Prefix(row["range"] as String)
                else { return nil }
                let record = NetworkRecord(
                    id: row["id"], name: row["name"], mode: mode, range: range, isInternal: row["internal"],
                    labels: LabelText.decode(row["labels"]), created: row["created"]
                )
                return (record, IPv4Address(raw: UInt32(clamping: row["cursor"] as Int64)))
            }
        }
    }

    func save(_ network: NetworkRecord) async throws(NetworkError) {
        try await write("network \(network.name)") { db in
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO network (id, name, mode, range, internal, labels, created)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    network.id, network.name, network.mode.rawValue, network.range.description, network.isInternal,
                    LabelText.encode(network.labels), network.created,
                ]
            )
        }
    }

    func removeNetwork(id: String) async throws(NetworkError) {
        try await write("the removal of network \(id)") { db in
            try db.execute(sql: "DELETE FROM lease WHERE network = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM network WHERE id = ?", arguments: [id])
        }
    }

    // MARK: - Leases

    func leases() async throws(NetworkError) -> [LeaseRecord] {
        try await read("the leases") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM lease").map { row in
                LeaseRecord(
                    network: row["network"], sandbox: row["sandbox"],
                    address: IPv4Address(raw: UInt32(clamping: row["address"] as Int64)),
                    hostInterface: row["host_interface"], interface: row["interface"],
                    names: (row["names"] as String).split(separator: "\n").map(String.init)
                )
            }
        }
    }

    func save(_ lease: LeaseRecord, cursor: IPv4Address) async throws(NetworkError) {
        try await write("the address of sandbox \(lease.sandbox)") { db in
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO lease (network, address, sandbox, host_interface, interface, names)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    lease.network, Int64(lease.address.raw), lease.sandbox, lease.hostInterface, lease.interface,
                    lease.names.joined(separator: "\n"),
                ]
            )
            try db.execute(
                sql: "UPDATE network SET cursor = ? WHERE id = ?", arguments: [Int64(cursor.raw), lease.network])
        }
    }

    func removeLease(network: String, sandbox: String) async throws(NetworkError) {
        try await write("the release of sandbox \(sandbox)'s address") { db in
            try db.execute(
                sql: "DELETE FROM lease WHERE network = ? AND sandbox = ?", arguments: [network, sandbox])
        }
    }
}
