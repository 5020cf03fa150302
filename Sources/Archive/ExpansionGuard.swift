import SystemLinux

/// Decompresses a stream and stops when it grows out of proportion: gzip and zstd bombs.
public final class ExpansionGuard: ByteSource {
    private let counter: Counter
    private let decompressor: Decompressor
    private let limits: UnpackLimits
    private var expandedBytes: Int64 = 0

    private final class Counter: ByteSource {
        let source: any ByteSource
        var bytes: Int64 = 0

        init(_ source: any ByteSource) { self.source = source }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
            let count = try source.read(into: buffer)
            bytes += Int64(count)
            return count
        }
    }

    /// Starts on a source of any compression.
    public init(_ source: any ByteSource, limits: UnpackLimits = .layer) throws(ArchiveError) {
        counter = Counter(source)
        decompressor = try Decompressor(counter)
        self.limits = limits
    }

    /// How the source is compressed.
    public var compression: Compression { decompressor.compression }

    /// Fills the buffer with decompressed bytes; throws `limit` when there are too many for what came in.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try decompressor.read(into: buffer)
        expandedBytes += Int64(count)
        let isBomb =
            expandedBytes > limits.ratioFloorBytes
            && expandedBytes / limits.expansionRatio > counter.bytes
        // Headers, padding and holes come on top of the content: twice the content is beyond every sound archive.
        if isBomb || expandedBytes / 2 > limits.contentBytes {
            throw ArchiveError(
                .limit,
                "archive expands to more than \(expandedBytes >> 20) MiB from \(counter.bytes >> 10) KiB; refused as a bomb"
            )
        }
        return count
    }
}
