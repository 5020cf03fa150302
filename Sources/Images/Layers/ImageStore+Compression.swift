import Archive
import OCI
import SystemLinux

extension ImageStore {
    /// The gzip form of an uncompressed layer, as it leaves this machine; made once and kept as long as collection
    /// leaves it.
    public func compressedLayer(_ layer: Descriptor) async throws -> Descriptor {
        if let known = packed.value(layer.digest), try await blobSize(known.digest) != nil { return known }
        let blob = try await openBlob(layer.digest)
        let ingest = try await ingest()
        try await BlockingPool.shared.run {
            let compressor = try Compressor(.gzip, into: ClosureSink { try ingest.write($0) })
            var offset: Int64 = 0
            while offset < blob.sizeBytes {
                let part = try blob.file.read(at: offset, upTo: FileHash.chunkBytes)
                guard !part.isEmpty else { throw ImageError(.corrupt, "blob \(blob.digest) ends early on disk") }
                try compressor.write(part)
                offset += Int64(part.count)
            }
            try compressor.finish()
        }
        var descriptor = try await finish(ingest)
        descriptor.mediaType = .ociLayerGzip
        packed.set(layer.digest, descriptor)
        return descriptor
    }
}
