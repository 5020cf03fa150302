import Effects
import Images
import OCI
import SystemLinux

/// What pruning the build cache removed.
public struct BuildPruneReport: Sendable, Hashable {
    /// Keys of the results that are gone.
    public let removed: [String]
    /// Bytes of layers that no result needs any more, and of cache mounts; images may still need the layers.
    public let reclaimedBytes: Int64
}

/// One directory of `RUN --mount=type=cache`.
public struct CacheMountRecord: Sendable, Hashable {
    /// The directory's name under the builder's root.
    public let name: String
    /// The bytes it takes on disk.
    public let sizeBytes: Int64
}

extension BuildEngine {
    /// All results in the cache, least recently used first.
    public func records() async throws -> [BuildCacheRecord] {
        try await cache.records()
    }

    /// All cache mounts with their sizes; walks them.
    public func cacheMounts() async throws -> [CacheMountRecord] {
        let directory = root + "/cache-mounts"
        return try await BlockingPool.shared.run {
            try Directory.entries(directory).map(\.name).sorted().map { name in
                CacheMountRecord(name: name, sizeBytes: try Self.size(of: "\(directory)/\(name)"))
            }
        }
    }

    /// Forgets results; their layers go with the next collection of the image store unless images need them.
    ///
    /// - Parameters:
    ///   - all: also forgets results whose layers are part of an image, and the cache mounts.
    ///   - unusedSince: only what was used last before this time.
    public func prune(all: Bool, unusedSince limit: Timestamp?) async throws -> BuildPruneReport {
        let needed = all ? [] : Set(try await images.list().flatMap { $0.layers.map(\.diffID) })
        let chosen = try await cache.records().filter { record in
            if let limit, record.lastUsed >= limit { return false }
            return record.diffID.map { !needed.contains($0) } ?? true
        }
        let orphans = Set(try await forget(chosen.map(\.key)))
        var counted: Set<Digest> = []
        var bytes: Int64 = 0
        for record in chosen {
            guard let diffID = record.diffID, orphans.contains(diffID), counted.insert(diffID).inserted else {
                continue
            }
            bytes += record.sizeBytes
        }
        if all, limit == nil {
            let mounts = try await cacheMounts()
            let directory = root + "/cache-mounts"
            // A step that uses a mount right now keeps its name busy; its directory is emptied under it as rm would.
            try await BlockingPool.shared.run {
                for mount in mounts { try Directory.removeTree("\(directory)/\(mount.name)") }
            }
            bytes += mounts.reduce(0) { $0 + $1.sizeBytes }
        }
        return BuildPruneReport(removed: chosen.map(\.key), reclaimedBytes: bytes)
    }

    private static func size(of directory: String) throws(LinuxError) -> Int64 {
        var bytes: Int64 = 0
        for entry in try Directory.entries(directory) {
            let path = "\(directory)/\(entry.name)"
            let status = try File.status(path, followLinks: false)
            bytes += status.allocatedBytes
            if status.kind == .directory { bytes += try size(of: path) }
        }
        return bytes
    }
}
