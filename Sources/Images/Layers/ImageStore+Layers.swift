import Archive
import Effects
import EventBus
import GRDB
import Logging
import OCI
import SystemLinux

extension ImageStore {
    /// Makes sure that every layer of a stack is unpacked; returns the names of the trees, lowest first.
    ///
    /// A layer that several ask for at the same time is unpacked once.
    func unpack(_ layers: [Layer], progress: TransferProgress = .silent) async throws -> [String] {
        let chain = try ChainID.chain(of: layers.map(\.diffID))
        var names: [String] = []
        var fresh: [StoredTree] = []
        for (layer, chain) in zip(layers, chain) {
            if let tree = try await metadata.read({ db in try db.tree(layer.diffID, chain: chain.description) }) {
                names.append(tree.name)
                continue
            }
            progress.report(.extracting(layer.blob.digest))
            let below = Array(names.reversed())
            let tree = try await trees.run(chain.description) { [self] in
                try await unpackTree(layer, chain: chain, below: below)
            }
            fresh.append(tree)
            names.append(tree.name)
            progress.report(.ready(layer.blob.digest))
        }
        return names
    }

    private func unpackTree(_ layer: Layer, chain: Digest, below: [String]) async throws -> StoredTree {
        if let tree = try await metadata.read({ db in try db.tree(layer.diffID, chain: chain.description) }) {
            return tree
        }
        let blob = try await openBlob(layer.blob.digest)
        let work = LayerUnpack(
            layout: layout, scratchName: effects.uuid(), layer: layer, chain: chain, below: below
        )
        let tree = try await BlockingPool.shared.run { [layout] in
            let tree = try work.run(blob.file)
            // One flush of the file system is cheaper than one for each of thousands of files.
            try TreeDirectory(path: layout.layers).syncFilesystem()
            return tree
        }
        try await metadata.write { db in try db.insertTree(tree) }
        logger.debug("unpacked layer", metadata: ["layer.diff": "\(layer.diffID)", "layer.bytes": "\(tree.tarBytes)"])
        return tree
    }

    /// Whether the layer stands unpacked, or can be unpacked from its blob.
    public func hasLayer(_ diffID: Digest) async throws -> Bool {
        try await metadata.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM tree WHERE diffID = ?)", arguments: [diffID.description]
            ) ?? false
        }
    }

    /// The directory of one unpacked layer in overlay form; read only. Throws `notFound`.
    public func layerTree(_ layer: Layer) async throws -> String {
        let tree = try await metadata.read { db in
            try String.fetchOne(
                db, sql: "SELECT name FROM tree WHERE diffID = ? ORDER BY chain LIMIT 1",
                arguments: [layer.diffID.description]
            )
        }
        guard let tree else { throw ImageError(.notFound, "layer \(layer.diffID) is not unpacked") }
        return layout.layer(tree)
    }

    /// Makes the tar of a built layer again, verifies it against its digest, and keeps it as a blob.
    func materialize(_ tree: StoredTree) async throws {
        _ = try await tars.run(tree.diffID) { [self] in
            let blob = try await ingest(algorithm: tree.diffID.algorithm)
            let path = layout.layer(tree.name)
            try await BlockingPool.shared.run {
                let sink = ClosureSink { try blob.write($0) }
                _ = try TreeArchiver(into: sink).archive(TreeDirectory(path: path))
            }
            do {
                try await finish(blob, expecting: tree.diffID, sizeBytes: tree.tarBytes)
            } catch let error as ImageError where error.code == .corrupt {
                throw ImageError(
                    .corrupt, "layer \(tree.diffID) was changed on disk in \(path); build the image again", cause: error
                )
            }
            return true
        }
    }

    /// Keeps layers although no image has them yet, for example for a build cache; lasts over restarts.
    public func retain(layers: [Layer], holder: String) async throws {
        try await metadata.write { db in
            for layer in layers {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO retention (holder, diffID) VALUES (?, ?)",
                    arguments: [holder, layer.diffID.description]
                )
            }
        }
        try await BlockingPool.shared.run { [layout] in try TreeDirectory(path: layout.layers).syncFilesystem() }
    }

    /// Lets go of one layer that `holder` kept.
    public func release(layer diffID: Digest, holder: String) async throws {
        try await metadata.write { db in
            try db.execute(
                sql: "DELETE FROM retention WHERE holder = ? AND diffID = ?", arguments: [holder, diffID.description]
            )
        }
    }

    /// Lets go of everything that `holder` kept.
    public func release(holder: String) async throws {
        try await metadata.write { db in
            try db.execute(sql: "DELETE FROM retention WHERE holder = ?", arguments: [holder])
        }
    }
}
