import Effects
import EventBus
import GRDB
import Logging
import OCI
import SystemLinux

/// What a collection removed.
public struct GarbageReport: Sendable, Hashable {
    /// Images without a name that are gone.
    public var images: [Digest] = []
    /// Blobs that are gone.
    public var blobs: [Digest] = []
    /// Number of unpacked layers that are gone.
    public var trees = 0
    /// Bytes that are free again; unpacked layers count with the length of their tars.
    public var reclaimedBytes: Int64 = 0
}

extension ImageStore {
    /// Unreferenced content younger than this may belong to a push or pull under way, and stays: one hour.
    public static let uploadGraceSeconds: Int64 = 3600

    /// Removes images that `prune` is about, then everything nothing refers to.
    ///
    /// Without `all` images without a name go, with it also named ones that no container uses. Both only when older
    /// than `until`, if given, and when `matches` (a filter on labels) agrees.
    public func prune(
        all: Bool, until: Timestamp? = nil, cause: Cause? = nil,
        matches: @escaping @Sendable (Image) -> Bool = { _ in true }
    ) async throws -> (removals: [ImageRemoval], report: GarbageReport) {
        let removals = try await metadata.write { db in
            try db.forgetImages { image in
                (all || image.references.isEmpty) && (until.map { image.storedAt < $0 } ?? true) && matches(image)
            }
        }
        for case .deleted(let id) in removals {
            publish(.removed(digest: id.description), about: id.description, cause: cause)
        }
        var report = try await collectGarbage(graceSeconds: Self.uploadGraceSeconds, cause: cause)
        for case .deleted(let id) in removals { report.images.append(id) }
        return (removals, report)
    }

    /// Removes blobs and trees that no tag, image, container or lease leads to.
    ///
    /// One database write from marking to unlinking: whoever puts a manifest on content checks in a write of its own
    /// that the content is there, so nothing can come to be needed in between.
    public func collectGarbage(
        graceSeconds: Int64 = ImageStore.uploadGraceSeconds, cause: Cause? = nil
    ) async throws -> GarbageReport {
        let deadline = effects.now.nanoseconds - graceSeconds * 1_000_000_000
        let trashNames = Trash(prefix: effects.uuid())
        let report = try await metadata.write { [layout] db in
            try Self.sweep(db, layout, trashNames, olderThan: deadline)
        }
        try await BlockingPool.shared.run { [layout] in
            try Directory.removeContents(of: File.open(layout.trash, .directory), path: layout.trash)
        }
        if report.reclaimedBytes > 0 {
            logger.info(
                "collected garbage",
                metadata: ["garbage.blobs": "\(report.blobs.count)", "garbage.bytes": "\(report.reclaimedBytes)"]
            )
        }
        return report
    }

    private struct Trash: Sendable {
        let prefix: String
        func path(_ number: Int, _ layout: StoreLayout) -> String { "\(layout.trash)/\(prefix)-\(number)" }
    }

    private static func sweep(
        _ db: Database, _ layout: StoreLayout, _ trash: Trash, olderThan deadline: Int64
    ) throws -> GarbageReport {
        var report = GarbageReport()
        let live = try db.liveContent()
        try sweepBlobs(live, olderThan: deadline, layout, &report)
        try sweepTrees(db, layout, trash, &report)
        return report
    }

    private static func sweepBlobs(
        _ live: Set<String>, olderThan deadline: Int64, _ layout: StoreLayout, _ report: inout GarbageReport
    ) throws {
        for algorithm in Digest.Algorithm.allCases {
            for entry in try Directory.entries("\(layout.blobs)/\(algorithm.rawValue)") {
                guard
                    let digest = try? Digest(algorithm: algorithm, hex: entry.name),
                    !live.contains(digest.description)
                else { continue }
                let path = layout.blob(digest)
                let status = try File.status(path)
                guard status.modifiedNanoseconds < deadline else { continue }
                try File.remove(path, ifExists: true)
                report.blobs.append(digest)
                report.reclaimedBytes += status.allocatedBytes
            }
        }
    }

    private static func sweepTrees(
        _ db: Database, _ layout: StoreLayout, _ trash: Trash, _ report: inout GarbageReport
    ) throws {
        let dead = try Row.fetchAll(
            db,
            sql: """
                SELECT name, tarBytes FROM tree WHERE diffID NOT IN (SELECT diffID FROM imageLayer)
                AND diffID NOT IN (SELECT diffID FROM retention) AND name NOT IN (SELECT tree FROM rootTree)
                """
        )
        for row in dead {
            let (name, bytes): (String, Int64) = (row["name"], row["tarBytes"])
            // Renamed now, emptied later: a tree of 50,000 files must not hold the database.
            // Missing when a collection was killed between this and its commit.
            if File.exists(layout.layer(name)) {
                try File.rename(layout.layer(name), to: trash.path(report.trees, layout))
            }
            try db.execute(sql: "DELETE FROM tree WHERE name = ?", arguments: [name])
            report.trees += 1
            report.reclaimedBytes += bytes
        }
    }
}

extension Database {
    /// Drops unused images that `isGoing` picks, with their tags.
    fileprivate func forgetImages(_ isGoing: (Image) -> Bool) throws -> [ImageRemoval] {
        var removals: [ImageRemoval] = []
        for image in try images() {
            guard isGoing(image), try containers(of: image.id).isEmpty else { continue }
            for reference in image.references {
                _ = try removeTag(reference)
                removals.append(.untagged(reference))
            }
            try forgetImage(image.id)
            removals.append(.deleted(image.id))
        }
        return removals
    }

    /// Digests of all blobs that are needed; documents nothing leads to are dropped from the database on the way.
    ///
    /// Roots of the walk: tags, images, what repositories hold by digest, and whatever refers to those as a subject.
    fileprivate func liveContent() throws -> Set<String> {
        try execute(
            sql: """
                DELETE FROM manifest WHERE digest NOT IN (
                    WITH RECURSIVE live(digest) AS (
                        SELECT target FROM tag UNION SELECT manifest FROM image UNION SELECT digest FROM repository
                        UNION SELECT edge.child FROM edge JOIN live ON edge.parent = live.digest
                            WHERE edge.kind = 'manifest'
                        UNION SELECT manifest.digest FROM manifest JOIN live ON manifest.subject = live.digest)
                    SELECT digest FROM live)
                """
        )
        return Set(
            try String.fetchAll(self, sql: "SELECT digest FROM manifest UNION SELECT child FROM edge")
        )
    }
}
