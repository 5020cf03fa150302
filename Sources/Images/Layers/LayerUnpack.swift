import Archive
import OCI
import SystemLinux

/// Turns a layer's blob into a tree, verified against its diff id. Blocking.
struct LayerUnpack {
    let layout: StoreLayout
    /// Name of the unfinished tree under `ingest`.
    let scratchName: String
    let layer: Layer
    let chain: Digest
    /// Names of the trees below, topmost first; asked only when the tar left out parent directories.
    let below: [String]

    /// Unpacks and gives the tree its name. Not durable until the file system is synced.
    func run(_ blob: OwnedFD) throws -> StoredTree {
        let path = "\(layout.ingest)/\(scratchName)"
        try Directory.make(path, mode: 0o755, parents: false)
        do {
            let root = try TreeDirectory(path: path)
            try root.setOwnMetadata(userID: 0, groupID: 0, mode: 0o755)
            let (summary, tarBytes) = try unpack(blob, into: root)
            try inheritAttributes(of: summary.implicitDirectories, root)
            let needsChain = !summary.implicitDirectories.isEmpty && !below.isEmpty
            let tree = StoredTree(
                name: needsChain ? chain.hex : layer.diffID.hex, diffID: layer.diffID,
                chain: needsChain ? chain.description : "", tarBytes: tarBytes, built: false
            )
            // A tree of that name without a row is left from a crash before it was recorded.
            try Directory.removeTree(layout.layer(tree.name))
            try File.rename(path, to: layout.layer(tree.name))
            return tree
        } catch {
            try? Directory.removeTree(path)
            throw error
        }
    }

    private func unpack(_ blob: OwnedFD, into root: TreeDirectory) throws -> (TreeUnpacker.Summary, Int64) {
        var hasher = ContentHasher(layer.diffID.algorithm)
        var tarBytes: Int64 = 0
        do {
            let tar = ObservedSource(try ExpansionGuard(FileSource(blob))) { bytes in
                hasher.update(bytes)
                tarBytes += Int64(bytes.count)
            }
            let summary = try TreeUnpacker(into: root).unpack(tar)
            try tar.drain()
            let actual = try hasher.digest
            guard actual == layer.diffID else {
                throw ImageError(.corrupt, "layer \(layer.blob.digest) unpacks to \(actual) instead of \(layer.diffID)")
            }
            return (summary, tarBytes)
        } catch let error as ArchiveError {
            let full = error.code == .noSpace
            throw ImageError(
                full ? .noSpace : .invalid, "layer \(layer.blob.digest) cannot be unpacked", cause: error
            )
        }
    }

    /// A directory that the tar only implies exists in a lower layer, usually: it must keep that one's owner and mode,
    /// because on overlayfs the topmost directory's attributes are the ones that count (think of `/tmp`).
    private func inheritAttributes(of paths: [FileName], _ root: TreeDirectory) throws {
        guard !below.isEmpty else { return }
        let lower = try below.map { try TreeDirectory(path: layout.layer($0)) }
        for path in paths {
            for tree in lower {
                guard let origin = try? tree.directoryBeneath(path) else { continue }
                let status = try origin.ownStatus()
                let target = try root.directoryBeneath(path)
                try target.setOwnMetadata(userID: status.userID, groupID: status.groupID, mode: status.mode)
                break
            }
        }
    }
}
