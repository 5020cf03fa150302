import Effects
import GRDB
import OCI
import SystemLinux

extension ImageStore {
    /// Makes the directories for a container of an image. Until `removeRoot`, collection leaves its layers alone.
    ///
    /// Throws `conflict` when the container has a root already, `invalid` for an id that is no file name.
    public func makeRoot(image: Image, containerID: String) async throws -> OverlayRoot {
        try await makeRoot(layers: image.layers, imageID: image.id, containerID: containerID)
    }

    /// The same for a stack of layers, lowest first, as a build step needs it; without layers the root is empty.
    public func makeRoot(layers: [Layer], containerID: String) async throws -> OverlayRoot {
        try await makeRoot(layers: layers, imageID: nil, containerID: containerID)
    }

    private func makeRoot(layers: [Layer], imageID: Digest?, containerID: String) async throws -> OverlayRoot {
        try Self.checkID(containerID)
        let lower = Array(try await unpack(layers).reversed())
        let now = effects.now
        try await metadata.write { db in
            guard try db.rootTrees(containerID: containerID) == nil else {
                throw ImageError(.conflict, "container \(containerID) has a root file system already")
            }
            // Collection may have run since the trees were unpacked: both are writes, so this settles it.
            for name in lower {
                let stands = try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM tree WHERE name = ?)", arguments: [name]
                )
                guard stands == true else {
                    throw ImageError(.conflict, "layer \(name) was removed meanwhile; try again")
                }
            }
            try db.insertRoot(containerID: containerID, lower: lower, imageID: imageID, at: now)
        }
        let root = overlayRoot(containerID, lower)
        try await BlockingPool.shared.run { [layout] in
            // The mode of the merged root is the upper directory's: it must be the image's.
            let top = try File.status(root.lower.first ?? layout.emptyTree)
            try Directory.removeTree("\(layout.roots)/\(containerID)")
            try Directory.make("\(layout.roots)/\(containerID)", mode: 0o700)
            try Directory.make(root.work, mode: 0o700)
            try Directory.make(root.upper, mode: 0o755)
            try TreeDirectory(path: root.upper)
                .setOwnMetadata(userID: top.userID, groupID: top.groupID, mode: top.mode)
        }
        return root
    }

    /// Removes a container's own changes and lets go of its layers. Unmount it before. Missing is fine.
    public func removeRoot(containerID: String) async throws {
        try Self.checkID(containerID)
        // Files first: a crash in between leaves the record, and removing again finishes it.
        try await BlockingPool.shared.run { [layout] in
            try Directory.removeTree("\(layout.roots)/\(containerID)")
        }
        try await metadata.write { db in
            try db.execute(sql: "DELETE FROM root WHERE containerID = ?", arguments: [containerID])
        }
    }

    /// The directories of a container's root, nil when it has none.
    public func root(containerID: String) async throws -> OverlayRoot? {
        let lower = try await metadata.read { db in try db.rootTrees(containerID: containerID) }
        return lower.map { overlayRoot(containerID, $0) }
    }

    /// Ids of all containers that have a root, in byte order; for sweeping after a restart.
    public func rootIDs() async throws -> [String] {
        try await metadata.read { db in
            try String.fetchAll(db, sql: "SELECT containerID FROM root ORDER BY containerID")
        }
    }

    private func overlayRoot(_ containerID: String, _ lower: [String]) -> OverlayRoot {
        OverlayRoot(
            lower: lower.isEmpty ? [layout.emptyTree] : lower.map { layout.layer($0) },
            upper: layout.upper(containerID), work: layout.work(containerID)
        )
    }

    static func checkID(_ containerID: String) throws(ImageError) {
        let sound = containerID.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard sound, (1...128).contains(containerID.utf8.count) else {
            throw ImageError(.invalid, "container id \"\(containerID)\" may hold only letters, digits, '-' and '_'")
        }
    }
}
