import SystemLinux
import Testing

@testable import Archive

@Suite struct CompressionTests {
    private func all(_ source: any ByteSource) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private func compress(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
        let sink = MemorySink()
        let compressor = try Compressor(compression, into: sink)
        try compressor.write(bytes)
        try compressor.finish()
        return sink.bytes
    }

    private let sample = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

    @Test(arguments: [Compression.none, .gzip, .zstd])
    func whatIsCompressedComesBack(_ compression: Compression) throws {
        let packed = try compress(sample, compression)
        let source = try Decompressor(MemorySource(packed))
        #expect(source.compression == compression)
        #expect(try all(source) == sample)
        #expect(try compress(sample, compression) == packed)
    }

    @Test func readsSeveralGzipMembers() throws {
        let packed = try compress(Array("one".utf8), .gzip) + compress(Array("two".utf8), .gzip)
        #expect(try all(Decompressor(MemorySource(packed))) == Array("onetwo".utf8))
    }

    @Test func readsNothingFromNothing() throws {
        #expect(try all(Decompressor(MemorySource([]))).isEmpty)
    }

    /// gzip's own checksum is not looked at: every layer is checked against its digests anyway.
    @Test(arguments: [Compression.gzip, .zstd])
    func cutDataIsAnError(_ compression: Compression) throws {
        let cut = Array(try compress(sample, compression).dropLast(20))
        var failed = false
        do { _ = try all(Decompressor(MemorySource(cut))) } catch is ArchiveError { failed = true }
        #expect(failed)
    }

    @Test func bombsAreStopped() throws {
        let bomb = try compress([UInt8](repeating: 0, count: 8 << 20), .gzip)
        var limits = UnpackLimits.layer
        limits.ratioFloorBytes = 1 << 20
        limits.expansionRatio = 100
        let error = #expect(throws: ArchiveError.self) { try all(ExpansionGuard(MemorySource(bomb), limits: limits)) }
        #expect(error?.code == .limit)
        #expect(try all(ExpansionGuard(MemorySource(bomb))).count == 8 << 20)
    }

    @Test func errorsOfTheSourceComeThrough() throws {
        final class Broken: ByteSource {
            func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
                throw ArchiveError(.io, "plug pulled")
            }
        }
        let error = #expect(throws: ArchiveError.self) { try Decompressor(Broken()) }
        #expect(error?.message == "plug pulled")
    }
}
