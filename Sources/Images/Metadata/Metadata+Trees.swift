import Effects
import GRDB
import OCI
import SystemLinux

/// One unpacked layer.
struct StoredTree: Sendable, Hashable {
    /// Name of its directory under `layers`.
    let name: String
    let diffID: Digest
    /// The chain it was unpacked on; empty when its tar holds all its parent directories.
    let chain: String
    let tarBytes: Int64
    /// Whether it was made here: then the tree is the only copy of the layer.
    let built: Bool
}

extension Database {
    /// The tree of a layer: one that fits everywhere, or the one made for this chain.
    func tree(_ diffID: Digest, chain: String) throws -> StoredTree? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM tree WHERE diffID = ? AND chain IN ('', ?) ORDER BY chain LIMIT 1",
            arguments: [diffID.description, chain]
        ).map { try StoredTree($0) }
    }

    /// A tree that was made here, from which the layer's tar can be made again.
    func builtTree(_ diffID: Digest) throws -> StoredTree? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM tree WHERE diffID = ? AND built = 1", arguments: [diffID.description]
        ).map { try StoredTree($0) }
    }

    func insertTree(_ tree: StoredTree) throws {
        try execute(
            sql: "INSERT OR IGNORE INTO tree (name, diffID, chain, tarBytes, built) VALUES (?, ?, ?, ?, ?)",
            arguments: [tree.name, tree.diffID.description, tree.chain, tree.tarBytes, tree.built]
        )
    }

    /// Records which trees a container's root stands on, so that none of them is collected.
    func insertRoot(containerID: String, lower: [String], imageID: Digest?, at time: Timestamp) throws {
        try execute(
            sql: "INSERT INTO root (containerID, lower, imageID, createdAt) VALUES (?, ?, ?, ?)",
            arguments: [containerID, lower.joined(separator: ":"), imageID?.description, time.nanoseconds]
        )
        for tree in Set(lower) where !tree.isEmpty {
            try execute(sql: "INSERT INTO rootTree (containerID, tree) VALUES (?, ?)", arguments: [containerID, tree])
        }
    }

    /// Names of the trees of a container's root, topmost first; nil when there is no such root.
    func rootTrees(containerID: String) throws -> [String]? {
        try String.fetchOne(self, sql: "SELECT lower FROM root WHERE containerID = ?", arguments: [containerID])?
            .split(separator: ":").map(String.init)
    }

    /// Ids of the containers whose roots stand on an image.
    func containers(of imageID: Digest) throws -> [String] {
        try String.fetchAll(
            self, sql: "SELECT containerID FROM root WHERE imageID = ? ORDER BY containerID",
            arguments: [imageID.description]
        )
    }
}

extension StoredTree {
    init(_ row: Row) throws {
        name = row["name"]
        diffID = try row.digest("diffID")
        chain = row["chain"]
        tarBytes = row["tarBytes"]
        built = row["built"]
    }
}

extension Metadata {
    /// Forgets trees whose directory is gone: a collection was killed between renaming them and its commit.
    func dropMissingTrees(_ layout: StoreLayout) async throws {
        try await write { db in
            for name in try String.fetchAll(db, sql: "SELECT name FROM tree") where !File.exists(layout.layer(name)) {
                try db.execute(sql: "DELETE FROM tree WHERE name = ?", arguments: [name])
            }
        }
    }
}
