import CArchive

/// Compresses a stream into a sink. The same input gives the same output with the same library version.
///
/// Blocking; used by one thread. Call `finish`: without it the output is cut.
public final class Compressor: ByteSink {
    private let handle: OpaquePointer
    private let output: Output

    private final class Output {
        let sink: any ByteSink
        var failure: (any Error)?
        init(_ sink: any ByteSink) { self.sink = sink }
    }

    /// Starts a stream. `compression` must be gzip, zstd or none.
    public init(_ compression: Compression, into sink: any ByteSink) throws(ArchiveError) {
        guard let handle = archive_write_new() else { throw ArchiveError(.io, "out of memory") }
        self.handle = handle
        output = Output(sink)
        let added: Int32
        switch compression {
        case .none: added = archive_write_add_filter_none(handle)
        case .gzip:
            added = archive_write_add_filter_gzip(handle)
            // The header's time of day would make equal content differ.
            archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
        case .zstd: added = archive_write_add_filter_zstd(handle)
        case .xz, .bzip2:
            throw ArchiveError(.unsupported, "layers are compressed with gzip or zstd, not \(compression)")
        }
        try check(added)
        try check(archive_write_set_format_raw(handle))
        // No padding to tape blocks at the end.
        archive_write_set_bytes_in_last_block(handle, 1)
        let context = Unmanaged.passUnretained(output).toOpaque()
        try check(
            archive_write_open(
                handle, context, nil,
                { _, context, bytes, count in
                    guard let context, let bytes else { return -1 }
                    let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                    do {
                        try output.sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
                        return count
                    } catch {
                        output.failure = error
                        return -1
                    }
                }, nil
            )
        )
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_filetype(entry, 0o100000)
        try check(archive_write_header(handle, entry))
    }

    deinit { archive_write_free(handle) }

    /// Compresses bytes. Blocks for the sink.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count > 0 else { return }
        let count = archive_write_data(handle, bytes.baseAddress, bytes.count)
        guard count == bytes.count else { throw error() }
    }

    /// Writes what is left; nothing may be written afterwards.
    public func finish() throws {
        guard archive_write_close(handle) == ARCHIVE_OK, output.failure == nil else { throw error() }
    }

    private func check(_ status: Int32) throws(ArchiveError) {
        if status < ARCHIVE_OK { throw error() }
    }

    private func error() -> ArchiveError {
        if let failure = output.failure {
            return failure as? ArchiveError ?? ArchiveError(.io, "compressed data cannot be written", cause: failure)
        }
        return ArchiveError(.io, "compression failed: \(LibArchiveInput.message(handle))")
    }
}
