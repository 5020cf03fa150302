import Document
import Effects
import Logging
import Synchronization
import SystemLinux

/// Named volumes: one directory each, with its metadata in a file beside the content.
///
/// Reading is from memory; `create` and `remove` block on the disk, so they are called on the blocking pool.
/// A volume appears by one rename of a whole directory, so a crash leaves either none or a whole one.
public final class VolumeStore: Sendable {
    /// The most volumes one store holds.
    public static let volumesMax = 100_000

    /// Directory of the store.
    public let root: String
    private let effects: Effects
    private let logger: Logger
    private let volumes: Mutex<[String: Volume]>

    /// Opens (or makes) the store at `root`. Blocks.
    /// - Throws: `VolumeError` `.storage` when the directory can't be read.
    public static func open(root: String, effects: Effects, logger: Logger) throws(VolumeError) -> VolumeStore {
        var found: [String: Volume] = [:]
        do {
            for name in ["named", "claims", "pods", "making"] { try Directory.make("\(root)/\(name)", mode: 0o711) }
            // What a crash left half-made was never promised to anybody.
            for entry in try Directory.entries("\(root)/making") {
                try Directory.removeTree("\(root)/making/\(entry.name)")
            }
            for entry in try Directory.entries("\(root)/named") {
                let directory = "\(root)/named/\(entry.name)"
                guard let bytes = try? File.read("\(directory)/volume.json", limit: 1 << 20),
                    let json = try? JSONReader.parse(bytes),
                    let volume = Volume(json: json, path: "\(directory)/_data"),
                    volume.name == entry.name
                else {
                    logger.warning("unexpected directory among the volumes", metadata: ["path": "\(directory)"])
                    continue
                }
                found[volume.name] = volume
            }
        } catch {
            throw VolumeError(.storage, "cannot open the volumes at \(root)", cause: error)
        }
        return VolumeStore(root: root, effects: effects, logger: logger, volumes: found)
    }

    private init(root: String, effects: Effects, logger: Logger, volumes: [String: Volume]) {
        self.root = root
        self.effects = effects
        self.logger = logger
        self.volumes = Mutex(volumes)
    }

    // MARK: - Reading

    /// All volumes by name. Does not block.
    public func list() -> [Volume] {
        volumes.withLock { $0.values.sorted { $0.name < $1.name } }
    }

    /// The volume of that name. Does not block.
    /// - Throws: `.notFound`.
    public func get(_ name: String) throws(VolumeError) -> Volume {
        guard let volume = volumes.withLock({ $0[name] }) else {
            throw VolumeError(.notFound, "get \(name): no such volume")
        }
        return volume
    }

    // MARK: - Making and removing

    /// What `create` did.
    public struct Creation: Sendable, Hashable {
        /// The volume.
        public let volume: Volume
        /// Whether it was made by this call; then it is empty and takes the image's content on first use.
        public let isNew: Bool
    }

    /// The volume of that name, made when it does not exist; nil makes an anonymous one. Blocks.
    /// - Throws: `.invalid` for a bad name, `.storage` when the disk refuses.
    public func create(name: String?, labels: [String: String] = [:]) throws(VolumeError) -> Creation {
        let final = try name.map { name throws(VolumeError) in try Self.validate(name) } ?? effects.hexID()
        if let existing = volumes.withLock({ $0[final] }) { return Creation(volume: existing, isNew: false) }
        guard volumes.withLock({ $0.count }) < Self.volumesMax else {
            throw VolumeError(.storage, "the store holds \(Self.volumesMax) volumes already; remove some first")
        }
        var labels = labels
        if name == nil { labels[Volume.anonymousLabel] = "" }
        let directory = "\(root)/named/\(final)"
        let volume = Volume(
            name: final, path: "\(directory)/_data", createdAt: effects.now, labels: labels, isAnonymous: name == nil
        )
        let making = "\(root)/making/\(effects.hexID())"
        do {
            try Directory.make("\(making)/_data", mode: 0o755)
            try File.write("\(making)/volume.json", JSONWriter.bytes(volume.json), mode: 0o600)
            try File.renameExclusively(making, to: directory)
        } catch {
            // The scratch directory is swept at the next start if this fails as well.
            try? Directory.removeTree(making)
            if error.code == .alreadyExists, let other = volumes.withLock({ $0[final] }) {
                return Creation(volume: other, isNew: false)
            }
            throw VolumeError(.storage, "cannot make the volume \(final)", cause: error)
        }
        volumes.withLock { $0[final] = volume }
        return Creation(volume: volume, isNew: true)
    }

    /// Removes a volume and its content. Blocks.
    /// - Parameter users: ids of the containers that use it; not empty is `.inUse`.
    public func remove(_ name: String, users: [String]) throws(VolumeError) {
        _ = try get(name)
        guard users.isEmpty else {
            let ids = users.map { String($0.prefix(12)) }.joined(separator: ", ")
            throw VolumeError(.inUse, "remove \(name): volume is in use - [\(ids)]")
        }
        let grave = "\(root)/making/\(effects.hexID())"
        do {
            // Out of sight in one step, then the slow part.
            try File.rename("\(root)/named/\(name)", to: grave)
            volumes.withLock { $0[name] = nil }
            try Directory.removeTree(grave)
        } catch {
            throw VolumeError(.storage, "cannot remove the volume \(name)", cause: error)
        }
    }

    /// Bytes on disk below a volume's content. Blocks; for `system df`.
    public func sizeBytes(of volume: Volume) -> Int64 {
        var total: Int64 = 0
        // A tree that changes while it is measured is measured as far as it was seen.
        try? Directory.walk(volume.path) { _, status in
            total += status.allocatedBytes
            return true
        }
        return total
    }

    static func validate(_ name: String) throws(VolumeError) -> String {
        let bytes = Array(name.utf8)
        let word = { (byte: UInt8) in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard let first = bytes.first, word(first), (2...255).contains(bytes.count),
            bytes.allSatisfy({ word($0) || $0 == 95 || $0 == 46 || $0 == 45 })
        else {
            throw VolumeError(
                .invalid,
                "\"\(name)\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" "
                    + "are allowed; if you intended to pass a host directory, use absolute path"
            )
        }
        return name
    }
}
