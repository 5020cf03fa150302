import Document
import SystemLinux

/// Switches of the whole host that several clusters need: set only when needed, counted, and put back by the last
/// user when the value is still the one that was set.
///
/// The record lies in a directory that all clusters share and that a reboot empties, like the switches themselves.
/// All calls block, under a file lock.
struct HostSwitches: Sendable {
    /// The directory all clusters of the host share, usually `/run/skiff`.
    let directory: String

    /// One switch that was changed.
    struct Record: Hashable, Sendable {
        var before: String
        var ours: String
        var users: [String]
    }

    private var file: String { directory + "/switches.json" }

    /// Holds the lock that orders everything clusters do to the host as a whole.
    static func lock(_ directory: String) throws -> FileLock {
        try Directory.make(directory, mode: 0o755, parents: true)
        return try FileLock(directory + "/network.lock")
    }

    /// Sees to it that a switch has a value, on behalf of a cluster. The caller holds the lock.
    func require(_ target: Switch, _ value: String, for cluster: String) throws {
        var records = load()
        let current = try target.value()
        if var record = records[target.name] {
            if !record.users.contains(cluster) { record.users.append(cluster) }
            record.ours = value
            records[target.name] = record
        } else if current != value {
            records[target.name] = Record(before: current, ours: value, users: [cluster])
        } else {
            return
        }
        // The record comes first: a crash in between leaves a record of a value that is not ours, which is harmless.
        try save(records)
        if current != value { try target.set(value) }
    }

    /// Gives up every switch of a cluster. `mayRestore` false leaves values alone because others rely on them now.
    func release(cluster: String, mayRestore: Bool) throws {
        var records = load()
        for (name, record) in records where record.users.contains(cluster) {
            var left = record
            left.users.removeAll { $0 == cluster }
            guard left.users.isEmpty else {
                records[name] = left
                continue
            }
            let target = Switch(name: name)
            if mayRestore, try target.value() == record.ours { try target.set(record.before) }
            records[name] = nil
        }
        try save(records)
    }

    /// The recorded switches by name; a missing or unreadable file has none.
    func load() -> [String: Record] {
        guard let bytes = try? File.read(file), let value = try? JSONReader.parse(bytes),
            case .object(let object) = value
        else { return [:] }
        var records: [String: Record] = [:]
        for (name, entry) in object {
            guard let before = entry["before"]?.stringValue, let ours = entry["ours"]?.stringValue else { continue }
            let users = (entry["users"]?.arrayValue ?? []).compactMap(\.stringValue)
            records[name] = Record(before: before, ours: ours, users: users)
        }
        return records
    }

    private func save(_ records: [String: Record]) throws {
        guard !records.isEmpty else {
            try File.remove(file, ifExists: true)
            return
        }
        var object = JSONObject()
        for name in records.keys.sorted() {
            guard let record = records[name] else { continue }
            object[name] = [
                "before": .string(record.before), "ours": .string(record.ours),
                "users": .array(record.users.map(JSONValue.string)),
            ]
        }
        try File.writeAtomically(file, JSONWriter.bytes(.object(object), style: .pretty), mode: 0o644)
    }
}
