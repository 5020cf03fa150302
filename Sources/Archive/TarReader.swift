import CArchive
import SystemLinux

/// Reads a tar archive (ustar, pax, GNU; not compressed) entry by entry, as a stream.
///
/// Blocking; used by one thread. Names keep their exact bytes: libarchive converts to the process's locale, which
/// is "C" here, and hands over the raw bytes of what it cannot convert.
public final class TarReader {
    private let handle: OpaquePointer
    private let input: LibArchiveInput

    /// Starts on a source.
    public init(_ source: any ByteSource) throws(ArchiveError) {
        guard let handle = archive_read_new() else { throw ArchiveError(.io, "out of memory") }
        self.handle = handle
        input = LibArchiveInput(source)
        archive_read_support_format_tar(handle)
        archive_read_support_format_gnutar(handle)
        archive_read_support_format_empty(handle)
        try input.open(handle)
    }

    deinit { archive_read_free(handle) }

    /// The next entry, nil at the end. Content of the one before that was not read is skipped.
    public func next() throws(ArchiveError) -> TarEntry? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(handle, &entry)
        if status == ARCHIVE_EOF { return nil }
        if status < ARCHIVE_OK {
            // The only harmless warning is the one about names that are not in the locale's character set.
            let message = LibArchiveInput.message(handle)
            guard status == ARCHIVE_WARN, message.contains("converted") else {
                throw input.error(handle, "tar archive is damaged")
            }
        }
        guard let entry else { throw ArchiveError(.malformed, "tar archive has an empty entry") }
        return try decode(entry)
    }

    /// Calls `body` with each piece of the current entry's content and its offset; gaps are holes.
    public func readContent(_ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        while true {
            var block: UnsafeRawPointer?
            var (count, offset) = (0, la_int64_t(0))
            let status = archive_read_data_block(handle, &block, &count, &offset)
            if status == ARCHIVE_EOF { return }
            guard status == ARCHIVE_OK else { throw input.error(handle, "tar archive is cut or damaged") }
            if count > 0 { try body(UnsafeRawBufferPointer(start: block, count: count), offset) }
        }
    }

    private func decode(_ entry: OpaquePointer) throws(ArchiveError) -> TarEntry {
        guard let path = archive_entry_pathname(entry) else {
            throw ArchiveError(.malformed, "tar archive has an entry without a name")
        }
        let name = Self.name(path)
        guard
            let userID = UInt32(exactly: archive_entry_uid(entry)), userID != .max,
            let groupID = UInt32(exactly: archive_entry_gid(entry)), groupID != .max
        else { throw ArchiveError(.malformed, "\(name): owner is out of range") }
        let (time, rest) = (archive_entry_mtime(entry), archive_entry_mtime_nsec(entry))
        let scaled = Int64(time).multipliedReportingOverflow(by: 1_000_000_000)
        guard !scaled.overflow else { throw ArchiveError(.malformed, "\(name): time is out of range") }
        return TarEntry(
            path: name, kind: try kind(entry, name), mode: archive_entry_perm(entry) & 0o7777, userID: userID,
            groupID: groupID, modifiedNanoseconds: scaled.partialValue + Int64(rest), attributes: attributes(entry)
        )
    }

    private func kind(_ entry: OpaquePointer, _ name: FileName) throws(ArchiveError) -> TarEntry.Kind {
        if let target = archive_entry_hardlink(entry) { return .hardLink(Self.name(target)) }
        let (major, minor) = (archive_entry_rdevmajor(entry), archive_entry_rdevminor(entry))
        switch Int32(archive_entry_filetype(entry)) {
        case 0o100000:
            let size = archive_entry_size(entry)
            guard size >= 0 else { throw ArchiveError(.malformed, "\(name): size is negative") }
            return .file(sizeBytes: size)
        case 0o040000: return .directory
        case 0o120000:
            guard let target = archive_entry_symlink(entry) else {
                throw ArchiveError(.malformed, "\(name): symbolic link without a target")
            }
            return .symbolicLink(Self.name(target))
        case 0o020000: return .characterDevice(major: try number(major, name), minor: try number(minor, name))
        case 0o060000: return .blockDevice(major: try number(major, name), minor: try number(minor, name))
        case 0o010000: return .fifo
        case let type:
            throw ArchiveError(.unsupported, "\(name): entry type 0\(String(type, radix: 8)) is not supported")
        }
    }

    private func number(_ value: dev_t, _ name: FileName) throws(ArchiveError) -> UInt32 {
        guard let number = UInt32(exactly: value) else {
            throw ArchiveError(.malformed, "\(name): device number is out of range")
        }
        return number
    }

    private func attributes(_ entry: OpaquePointer) -> [TarEntry.Attribute] {
        var found: [TarEntry.Attribute] = []
        archive_entry_xattr_reset(entry)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            guard let name else { continue }
            let bytes = [UInt8](UnsafeRawBufferPointer(start: value, count: count))
            found.append(TarEntry.Attribute(name: String(cString: name), value: bytes))
        }
        return found
    }

    private static func name(_ text: UnsafePointer<CChar>) -> FileName {
        FileName(bytes: UnsafeRawBufferPointer(start: text, count: String.utf8Length(text)))
    }
}

extension String {
    /// strlen(3) without the C library: the number of bytes before the terminating zero.
    fileprivate static func utf8Length(_ text: UnsafePointer<CChar>) -> Int {
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }
}
