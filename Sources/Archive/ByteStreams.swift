import SystemLinux

/// Where blocking archive code takes bytes from; used by one thread at a time.
public protocol ByteSource: AnyObject {
    /// Fills at most the whole buffer and returns the number of bytes; 0 means the end. Blocks.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Where blocking archive code puts bytes; used by one thread at a time.
public protocol ByteSink: AnyObject {
    /// Takes all bytes. Blocks.
    func write(_ bytes: UnsafeRawBufferPointer) throws
}

extension ByteSink {
    /// Takes all bytes. Blocks.
    public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
}

/// A file as a source, read with positioned reads: the descriptor's own position is not moved.
public final class FileSource: ByteSource {
    private let file: OwnedFD
    private var offset: Int64

    /// Reads `file` from `offset` on.
    public init(_ file: OwnedFD, offset: Int64 = 0) {
        self.file = file
        self.offset = offset
    }

    /// Fills the buffer from the file. Blocks for the disk.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let bytes = try file.read(at: offset, upTo: buffer.count)
        buffer.copyBytes(from: bytes)
        offset += Int64(bytes.count)
        return bytes.count
    }
}

/// A pipe, socket or terminal as a source.
public final class StreamSource: ByteSource {
    private let file: OwnedFD

    /// Reads `file` from where it stands.
    public init(_ file: OwnedFD) { self.file = file }

    /// Fills the buffer from the stream. Blocks for the writer.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let bytes = try file.read(upTo: buffer.count)
        buffer.copyBytes(from: bytes)
        return bytes.count
    }
}

/// A file as a sink, written at its own position.
public final class FileSink: ByteSink {
    private let file: OwnedFD

    /// Writes to `file` from where it stands.
    public init(_ file: OwnedFD) { self.file = file }

    /// Writes all bytes. Blocks for the disk.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        do { try file.writeAll(bytes).get() } catch {
            throw ArchiveError(
                error == .noSpace ? .noSpace : .io, error == .noSpace ? "disk is full" : "cannot write", cause: error
            )
        }
    }
}

/// Bytes in memory as a source.
public final class MemorySource: ByteSource {
    private var rest: ArraySlice<UInt8>

    /// Reads `bytes` from their start.
    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Copies the next bytes.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

/// Memory as a sink; for small archives.
public final class MemorySink: ByteSink {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// Makes an empty sink.
    public init() {}

    /// Appends the bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws { self.bytes.append(contentsOf: bytes) }
}

/// A source that shows every byte to a closure on its way: how content is hashed while it is unpacked.
public final class ObservedSource: ByteSource {
    private let source: any ByteSource
    private let observe: (UnsafeRawBufferPointer) throws -> Void

    /// Passes `source` on and calls `observe` with each piece.
    public init(_ source: any ByteSource, _ observe: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.source = source
        self.observe = observe
    }

    /// Reads from the source and shows what came.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        try observe(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
    }

    /// Reads the rest to the end: a tar reader stops at the end mark, a digest covers what follows it too.
    public func drain() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        while try read(into: buffer) > 0 {}
    }
}

/// A sink that is a closure.
public final class ClosureSink: ByteSink {
    private let take: (UnsafeRawBufferPointer) throws -> Void

    /// Calls `take` with each piece.
    public init(_ take: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.take = take }

    /// Hands the bytes to the closure.
    public func write(_ bytes: UnsafeRawBufferPointer) throws { try take(bytes) }
}
