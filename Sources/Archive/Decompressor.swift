import CArchive

/// Decompresses a stream: gzip (also of several members), zstd, xz, bzip2, or nothing at all, found by its first bytes.
///
/// Blocking; used by one thread. Throws `ArchiveError` `malformed` for damaged data.
public final class Decompressor: ByteSource {
    private let handle: OpaquePointer
    private let input: LibArchiveInput
    private var isAtEnd = false

    /// Starts on a source; reads its beginning.
    public init(_ source: any ByteSource) throws(ArchiveError) {
        guard let handle = archive_read_new() else { throw ArchiveError(.io, "out of memory") }
        self.handle = handle
        input = LibArchiveInput(source)
        archive_read_support_filter_gzip(handle)
        archive_read_support_filter_zstd(handle)
        archive_read_support_filter_xz(handle)
        archive_read_support_filter_bzip2(handle)
        // The content is not looked at: whatever comes out of the filters is one piece of data.
        archive_read_support_format_raw(handle)
        archive_read_support_format_empty(handle)
        try input.open(handle)
        var entry: OpaquePointer?
        let status = archive_read_next_header(handle, &entry)
        if status == ARCHIVE_EOF {
            isAtEnd = true
        } else {
            try input.check(status, handle, "compressed data cannot be read")
        }
    }

    deinit { archive_read_free(handle) }

    /// The outermost compression that was found.
    public var compression: Compression {
        guard archive_filter_count(handle) > 1 else { return .none }
        return switch archive_filter_code(handle, 0) {
        case ARCHIVE_FILTER_GZIP: .gzip
        case ARCHIVE_FILTER_ZSTD: .zstd
        case ARCHIVE_FILTER_XZ: .xz
        case ARCHIVE_FILTER_BZIP2: .bzip2
        default: .none
        }
    }

    /// Fills the buffer with decompressed bytes. Blocks for the source.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isAtEnd, buffer.count > 0 else { return 0 }
        let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw input.error(handle, "compressed data is damaged") }
        if count == 0 { isAtEnd = true }
        return count
    }
}

/// How a stream is compressed.
public enum Compression: String, Sendable, Hashable {
    /// Not at all.
    case none
    /// RFC 1952.
    case gzip
    /// RFC 8878.
    case zstd
    /// The format of xz(1).
    case xz
    /// The format of bzip2(1).
    case bzip2
}
