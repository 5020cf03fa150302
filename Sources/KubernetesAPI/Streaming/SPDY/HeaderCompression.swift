import CZlib

/// One direction's shared zlib stream of SPDY header blocks; every block is sync-flushed. Not thread-safe: each object
/// is used by one task, or under its owner's lock.
final class HeaderCompressor {
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(StreamingError) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit_(self.stream, Z_DEFAULT_COMPRESSION, ZLIB_VERSION, size) == Z_OK else {
            throw StreamingError(.protocolViolation, "zlib cannot be set up")
        }
        let dictionary = SPDYDictionary.bytes
        _ = deflateSetDictionary(self.stream, dictionary, UInt32(dictionary.count))
    }

    deinit {
        deflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Compresses one header block.
    func compress(_ block: [UInt8]) -> [UInt8] {
        // A sync-flushed block needs a few bytes more than deflate's own bound.
        var output = [UInt8](repeating: 0, count: Int(deflateBound(self.stream, UInt(block.count))) + 64)
        var input = block
        let produced = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                self.stream.pointee.next_in = source.baseAddress
                self.stream.pointee.avail_in = UInt32(source.count)
                self.stream.pointee.next_out = target.baseAddress
                self.stream.pointee.avail_out = UInt32(target.count)
                _ = deflate(self.stream, Z_SYNC_FLUSH)
                return target.count - Int(self.stream.pointee.avail_out)
            }
        }
        return Array(output.prefix(produced))
    }
}

/// Inflates the peer's header blocks.
final class HeaderDecompressor {
    /// Bytes of one inflated block at most; more is a protocol error (a compression bomb).
    static let blockLimit = 256 * 1024

    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(StreamingError) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        guard inflateInit_(self.stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw StreamingError(.protocolViolation, "zlib cannot be set up")
        }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// Inflates one block.
    func decompress(_ block: [UInt8]) throws(StreamingError) -> [UInt8] {
        var input = block
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        let status = input.withUnsafeMutableBufferPointer { source -> Int32 in
            self.stream.pointee.next_in = source.baseAddress
            self.stream.pointee.avail_in = UInt32(source.count)
            while true {
                var status = self.inflateInto(&chunk, appendingTo: &output)
                if status == Z_NEED_DICT {
                    let dictionary = SPDYDictionary.bytes
                    status = inflateSetDictionary(self.stream, dictionary, UInt32(dictionary.count))
                    if status == Z_OK { continue }
                }
                // Z_BUF_ERROR says that nothing was left to do.
                if status == Z_BUF_ERROR { return Z_OK }
                if status != Z_OK || output.count > Self.blockLimit { return status == Z_OK ? Z_MEM_ERROR : status }
                if self.stream.pointee.avail_in == 0, self.stream.pointee.avail_out > 0 { return Z_OK }
            }
        }
        guard status == Z_OK else {
            throw StreamingError(.protocolViolation, "SPDY header block is corrupt (\(status))")
        }
        return output
    }

    private func inflateInto(_ chunk: inout [UInt8], appendingTo output: inout [UInt8]) -> Int32 {
        let (status, count) = chunk.withUnsafeMutableBufferPointer { target in
            self.stream.pointee.next_out = target.baseAddress
            self.stream.pointee.avail_out = UInt32(target.count)
            let status = inflate(self.stream, Z_SYNC_FLUSH)
            return (status, target.count - Int(self.stream.pointee.avail_out))
        }
        output += chunk[..<count]
        return status
    }
}
