import Document
import SystemLinux

/// The folder of exit records nobody has acknowledged: one JSON file per process, written by the keeper, read by a
/// daemon that comes back. A record appears whole or not at all and outlives every process; it is not forced to the
/// disk, because no container outlives a power cut either.
public struct ExitStore: Sendable {
    /// The folder.
    public let directory: String

    /// Names the folder; it must exist before anything is written.
    public init(directory: String) {
        self.directory = directory
    }

    /// Writes a record, replacing an older one of the same id.
    public func write(_ record: ExitRecord) throws(LinuxError) {
        try File.writeAtomically(path(record.id), Self.encode(record), mode: 0o600, durable: false)
    }

    /// Removes a record; a missing one is fine.
    public func remove(_ id: String) throws(LinuxError) {
        try File.remove(path(id), ifExists: true)
    }

    /// The record of one process; nil when there is none or it cannot be read.
    public func record(_ id: String) -> ExitRecord? {
        (try? File.read(path(id), limit: 64 * 1024)).flatMap(Self.decode)
    }

    /// All records, oldest end first. Files that cannot be read are left out: their processes count as `KeeperLost`.
    public func all() throws(LinuxError) -> [ExitRecord] {
        try Directory.entries(directory)
            .filter { $0.name.hasSuffix(".json") }
            .compactMap { record(String($0.name.dropLast(5))) }
            .sorted { $0.finishedAt < $1.finishedAt }
    }

    private func path(_ id: String) -> String {
        "\(directory)/\(id).json"
    }

    static func encode(_ record: ExitRecord) -> [UInt8] {
        JSONWriter.bytes([
            "id": .string(record.id),
            "container": .string(record.container),
            "pid": .integer(Int64(record.pid)),
            "code": .integer(Int64(record.code)),
            "reason": .string(record.reason.rawValue),
            "oomKilled": .bool(record.outOfMemory),
            "startedAt": .integer(record.startedAt),
            "finishedAt": .integer(record.finishedAt),
        ])
    }

    static func decode(_ bytes: [UInt8]) -> ExitRecord? {
        guard let value = try? JSONReader.parse(bytes),
            let id = value["id"]?.stringValue,
            let container = value["container"]?.stringValue,
            let pid = value["pid"]?.intValue,
            let code = value["code"]?.intValue,
            let reason = value["reason"]?.stringValue.flatMap(ExitRecord.Reason.init),
            let outOfMemory = value["oomKilled"]?.boolValue,
            let startedAt = value["startedAt"]?.intValue,
            let finishedAt = value["finishedAt"]?.intValue
        else { return nil }
        return ExitRecord(
            id: id, container: container, pid: Int32(clamping: pid), code: Int32(clamping: code), reason: reason,
            outOfMemory: outOfMemory, startedAt: startedAt, finishedAt: finishedAt
        )
    }
}
