import Document
import Logging
import SystemLinux

/// The records on disk: one directory per container with its record, its log and its network files.
///
/// A record is replaced by one rename, so a killed daemon leaves the old or the new one. It is not fsynced: what
/// matters after a power cut (images, volumes) is durable elsewhere, and no container has survived it. Calls block.
struct RecordStore: Sendable {
    /// The largest record that is read, in bytes.
    static let recordMaxBytes = 16 * 1024 * 1024

    let root: String

    init(root: String) throws(LinuxError) {
        self.root = root
        try Directory.make(root, mode: 0o710)
    }

    func directory(_ id: String) -> String { "\(root)/\(id)" }
    private func file(_ id: String) -> String { "\(root)/\(id)/container.json" }

    /// Makes the directory of a new container.
    func makeDirectory(_ id: String) throws(LinuxError) {
        try Directory.make(directory(id), mode: 0o710, parents: false)
    }

    /// Replaces the record.
    func save(_ record: ContainerRecord) throws(LinuxError) {
        try File.writeAtomically(file(record.id), JSONWriter.bytes(record.json), mode: 0o600, durable: false)
    }

    /// Removes everything of a container; a missing one is fine.
    func remove(_ id: String) throws(LinuxError) {
        // The record goes first: a directory without one is half-made or half-gone and swept at the next start.
        try File.remove(file(id), ifExists: true)
        try Directory.removeTree(directory(id))
    }

    /// All records. Directories without a record are swept; an unreadable record is kept aside and reported.
    func loadAll(logger: Logger) throws(LinuxError) -> [ContainerRecord] {
        var out: [ContainerRecord] = []
        for entry in try Directory.entries(root) where entry.kind == .directory {
            guard File.exists(file(entry.name)) else {
                try Directory.removeTree(directory(entry.name))
                continue
            }
            do {
                let bytes = try File.read(file(entry.name), limit: Self.recordMaxBytes)
                out.append(try ContainerRecord(json: try JSONReader.parse(bytes)))
            } catch {
                logger.error(
                    "invalid container record; the container is left out",
                    metadata: ["path": "\(file(entry.name))", "error": "\(error)"]
                )
            }
        }
        return out
    }
}
