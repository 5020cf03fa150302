import Effects
import Synchronization
import SystemLinux

/// Remembers the hashes of a context's files between builds, keyed by what stat(2) says.
///
/// A file whose device, inode, size, modification and change times are the same has the same content: the change
/// time cannot be set by a program. Files that changed within the clock's grain of the hashing are not remembered.
final class FileHashCache: Sendable {
    /// Entries that are kept for one context; a larger context is remembered in part.
    static let maximumEntries = 1_000_000
    /// Contexts that are remembered; the least recently used one is forgotten.
    static let maximumContexts = 64
    /// The kernel stamps files with a clock that ticks every 4 ms; twice that is safe, and this is more.
    static let graceNanoseconds: Int64 = 20_000_000

    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private struct Record {
        let size: Int64
        let modified: Int64
        let changed: Int64
        let digest: [UInt8]
    }

    private struct State {
        var known: [Identity: Record] = [:]
        var used: [Identity: Record] = [:]
        var isChanged = false
    }

    private static let recordSize = 72
    private static let magic = Array("SKFH0001".utf8)
    private let path: String?
    private let state: Mutex<State>

    /// Reads what was remembered for the context whose file is `path`; nil remembers nothing. Blocks.
    init(path: String?) {
        self.path = path
        state = Mutex(State(known: path.map(Self.load) ?? [:]))
    }

    /// The hash of a file with this status, if it was remembered.
    func digest(for status: FileStatus) -> [UInt8]? {
        let identity = Identity(device: status.device, inode: status.inode)
        return state.withLock { state in
            guard let record = state.known[identity], record.size == status.sizeBytes,
                record.modified == status.modifiedNanoseconds, record.changed == status.changedNanoseconds
            else { return nil }
            state.used[identity] = record
            return record.digest
        }
    }

    /// Remembers a hash that was computed at `now`.
    func remember(_ digest: [UInt8], for status: FileStatus, now: Timestamp) {
        guard path != nil, status.changedNanoseconds < now.nanoseconds - Self.graceNanoseconds else { return }
        let record = Record(
            size: status.sizeBytes, modified: status.modifiedNanoseconds, changed: status.changedNanoseconds,
            digest: digest)
        state.withLock { state in
            guard state.used.count < Self.maximumEntries else { return }
            state.used[Identity(device: status.device, inode: status.inode)] = record
            state.isChanged = true
        }
    }

    /// Writes what this build used or learnt, if anything changed. Blocks.
    ///
    /// Entries of an earlier build that were not asked for are kept, because a build may use a part of its context.
    func save() throws(BuilderError) {
        guard let path else { return }
        let records = state.withLock { state -> [Identity: Record]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            guard state.known.count + state.used.count <= Self.maximumEntries else { return state.used }
            return state.known.merging(state.used) { $1 }
        }
        guard let records else { return }
        var bytes = Self.magic
        bytes.reserveCapacity(Self.magic.count + records.count * Self.recordSize)
        for (identity, record) in records {
            for word in [
                identity.device, identity.inode, UInt64(bitPattern: record.size), UInt64(bitPattern: record.modified),
                UInt64(bitPattern: record.changed),
            ] {
                withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
            }
            bytes += record.digest
        }
        let content = bytes
        try HostFile.wrapped { () throws(LinuxError) in
            try Directory.make(PathText.parent(path), mode: 0o700)
            try File.writeAtomically(path, content, mode: 0o600, durable: false)
        }
    }

    /// A damaged or missing file is an empty cache: everything is hashed again.
    private static func load(_ path: String) -> [Identity: Record] {
        guard let bytes = try? File.read(path, limit: magic.count + recordSize * maximumEntries),
            bytes.starts(with: magic), (bytes.count - magic.count) % recordSize == 0
        else { return [:] }
        var records: [Identity: Record] = [:]
        records.reserveCapacity(bytes.count / recordSize)
        bytes.withUnsafeBytes { raw in
            var offset = magic.count
            func word(_ index: Int) -> UInt64 {
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset + index * 8, as: UInt64.self))
            }
            while offset < raw.count {
                records[Identity(device: word(0), inode: word(1))] = Record(
                    size: Int64(bitPattern: word(2)), modified: Int64(bitPattern: word(3)),
                    changed: Int64(bitPattern: word(4)), digest: Array(raw[(offset + 40)..<(offset + recordSize)]))
                offset += recordSize
            }
        }
        return records
    }
}
