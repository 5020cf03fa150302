import SystemLinux

/// Writes a tar archive whose bytes depend on its entries only: ustar headers, pax records where ustar has no room.
///
/// This is not libarchive's writer on purpose. A built layer is kept as a tree and its tar is made again when it is
/// served; its digest stands in manifests for ever, so no library update may change one byte of it.
/// Blocking; used by one thread. Sources: POSIX.1-2017 pax interchange format; `SCHILY.xattr` as star(1) defines it.
public final class TarWriter {
    private let sink: any ByteSink
    private var pendingBytes: Int64 = 0
    private var padding = 0
    /// Bytes written so far.
    public private(set) var writtenBytes: Int64 = 0

    /// Writes into a sink.
    public init(_ sink: any ByteSink) { self.sink = sink }

    /// Writes an entry's header. A file's content must follow with `write`, exactly as many bytes as declared.
    public func add(_ entry: TarEntry) throws {
        try closeEntry()
        var header = TarHeader(entry)
        let records = header.takePaxRecords()
        if !records.isEmpty {
            try emit(TarHeader.pax(for: entry.path, sizeBytes: Int64(records.count)).block)
            try emit(records)
            try pad(to: records.count)
        }
        try emit(header.block)
        if case .file(let size) = entry.kind {
            pendingBytes = size
            padding = Self.padding(Int(size % 512))
        }
    }

    /// Writes content of the entry added last. Throws `changed` when it is more than declared.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard Int64(bytes.count) <= pendingBytes else {
            throw ArchiveError(.changed, "file grew while it was archived")
        }
        pendingBytes -= Int64(bytes.count)
        try sink.write(bytes)
        writtenBytes += Int64(bytes.count)
    }

    /// Writes the end mark. Nothing may be written afterwards.
    public func finish() throws {
        try closeEntry()
        try emit([UInt8](repeating: 0, count: 1024))
    }

    private func closeEntry() throws {
        guard pendingBytes == 0 else { throw ArchiveError(.changed, "file shrank while it was archived") }
        if padding > 0 { try emit([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }

    private func emit(_ bytes: [UInt8]) throws {
        try sink.write(bytes)
        writtenBytes += Int64(bytes.count)
    }

    private func pad(to count: Int) throws {
        let missing = Self.padding(count % 512)
        if missing > 0 { try emit([UInt8](repeating: 0, count: missing)) }
    }

    private static func padding(_ rest: Int) -> Int { rest == 0 ? 0 : 512 - rest }
}
