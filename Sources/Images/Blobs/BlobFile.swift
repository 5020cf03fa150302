import OCI
import SystemLinux

/// An open blob. It stays readable while this object lives, also when the store collects the name meanwhile.
public struct BlobFile: Sendable {
    /// The blob's name.
    public let digest: Digest
    /// Its length in bytes.
    public let sizeBytes: Int64
    /// The file, opened for reading; use positioned reads, several readers may share it.
    public let file: OwnedFD

    /// Reads at most `count` bytes at an offset; empty at the end. Suspends while a pool thread reads.
    public func read(at offset: Int64, upTo count: Int) async throws -> [UInt8] {
        try await BlockingPool.shared.run { try file.read(at: offset, upTo: count) }
    }
}
