import Archive
import Effects
import GRDB
import OCI
import SystemLinux

extension ImageStore {
    /// The largest document (manifest, index, configuration) that is taken: 4 MiB, as the distribution
    /// specification asks registries to accept.
    public static let documentLimitBytes = 4 << 20

    /// The blob's length in bytes, nil when the store does not have it.
    ///
    /// A layer that was built here counts as a blob although its tar is made only when it is opened. The blob's age
    /// is set back, so that garbage collection leaves it alone while somebody who asked puts a manifest on it.
    public func blobSize(_ digest: Digest) async throws -> Int64? {
        let path = layout.blob(digest)
        let now = effects.now
        let size = try await BlockingPool.shared.run { () -> Int64? in
            guard let file = try? File.open(path) else { return nil }
            try? Self.touch(path, now)
            return try file.status().sizeBytes
        }
        if let size { return size }
        return try await metadata.read { db in try db.builtTree(digest)?.tarBytes }
    }

    /// Opens a blob for reading. Throws `blobNotFound`.
    public func openBlob(_ digest: Digest) async throws -> BlobFile {
        if let file = try await openStored(digest) { return file }
        guard let tree = try await metadata.read({ db in try db.builtTree(digest) }) else {
            throw ImageError.noBlob(digest)
        }
        try await materialize(tree)
        guard let file = try await openStored(digest) else { throw ImageError.noBlob(digest) }
        return file
    }

    /// The whole content of a document, verified against its digest. Throws `blobNotFound` or `corrupt`.
    public func readDocument(_ digest: Digest) async throws -> [UInt8] {
        let blob = try await openBlob(digest)
        guard blob.sizeBytes <= Self.documentLimitBytes else {
            throw ImageError(.invalid, "document \(digest) is larger than \(Self.documentLimitBytes) bytes")
        }
        let bytes = try await blob.read(at: 0, upTo: Int(blob.sizeBytes))
        let actual = try ContentHasher.digest(of: bytes, algorithm: digest.algorithm)
        guard actual == digest else {
            throw ImageError(
                .corrupt, "stored document \(digest) was changed on disk (now \(actual)); pull the image again"
            )
        }
        return bytes
    }

    /// Starts a blob. Cancel or finish it; an abandoned one is removed by itself.
    public func ingest(algorithm: Digest.Algorithm = .sha256) async throws -> BlobIngest {
        let name = effects.uuid()
        return try await BlockingPool.shared.run { [layout] in
            try BlobIngest(name: name, algorithm: algorithm, layout: layout)
        }
    }

    /// Verifies and keeps a blob; durable when this returns. Throws `corrupt` when it is not what was expected.
    @discardableResult
    public func finish(
        _ ingest: BlobIngest, expecting digest: Digest? = nil, sizeBytes: Int64? = nil
    ) async throws -> Descriptor {
        let done = try await BlockingPool.shared.run { try ingest.finish(expecting: digest, sizeBytes: sizeBytes) }
        return Descriptor(
            mediaType: MediaType(rawValue: "application/octet-stream"), digest: done.digest, sizeBytes: done.sizeBytes)
    }

    /// Keeps a small blob that is in memory.
    @discardableResult
    public func addBlob(_ bytes: [UInt8], expecting digest: Digest? = nil) async throws -> Digest {
        let blob = try await ingest(algorithm: digest?.algorithm ?? .sha256)
        try await blob.append(bytes)
        return try await finish(blob, expecting: digest).digest
    }

    private func openStored(_ digest: Digest) async throws -> BlobFile? {
        let path = layout.blob(digest)
        return try await BlockingPool.shared.run {
            do {
                let file = try File.open(path)
                return BlobFile(digest: digest, sizeBytes: try file.status().sizeBytes, file: file)
            } catch let error as LinuxError where error.code == .notFound {
                return nil
            }
        }
    }

    private static func touch(_ path: String, _ now: Timestamp) throws {
        let directory = try TreeDirectory(path: File.parent(of: path))
        try directory.setModified(FileName(File.name(of: path)), nanoseconds: now.nanoseconds)
    }
}
