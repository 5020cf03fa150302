import CArchive

/// Feeds a `ByteSource` to libarchive, which asks for bytes by a C callback.
///
/// libarchive keeps only the pointer: this object lives as long as the handle that reads from it.
final class LibArchiveInput {
    /// Bytes handed over per call.
    private static let chunkBytes = 256 * 1024

    private let source: any ByteSource
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)
    /// An error of the source cannot travel through C; it waits here.
    private(set) var failure: (any Error)?

    init(_ source: any ByteSource) { self.source = source }

    deinit { buffer.deallocate() }

    /// Opens `handle` on this source.
    func open(_ handle: OpaquePointer) throws(ArchiveError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let status = archive_read_open(
            handle, context, nil,
            { _, context, block in
                guard let context else { return -1 }
                return Unmanaged<LibArchiveInput>.fromOpaque(context).takeUnretainedValue().fill(block)
            }, nil
        )
        try check(status, handle, "archive cannot be opened")
    }

    private func fill(_ block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        do {
            block?.pointee = UnsafeRawPointer(buffer.baseAddress)
            return try source.read(into: buffer)
        } catch {
            // `archive_set_error` is variadic and so out of Swift's reach; `error` finds the cause here.
            failure = error
            return -1
        }
    }

    /// Throws unless libarchive said OK; `malformed` with its words, or the source's own error.
    func check(_ status: Int32, _ handle: OpaquePointer, _ what: String) throws(ArchiveError) {
        guard status < ARCHIVE_OK else { return }
        throw error(handle, what)
    }

    func error(_ handle: OpaquePointer, _ what: String) -> ArchiveError {
        if let failure {
            return failure as? ArchiveError ?? ArchiveError(.io, "archive cannot be read", cause: failure)
        }
        return ArchiveError(.malformed, "\(what): \(Self.message(handle))")
    }

    static func message(_ handle: OpaquePointer) -> String {
        archive_error_string(handle).map { String(cString: $0) } ?? "unknown error"
    }
}
