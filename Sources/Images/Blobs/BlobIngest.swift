import OCI
import Synchronization
import SystemLinux

/// A blob on its way into the store: bytes are hashed as they are written, and only a verified blob gets its name.
///
/// Used by one task at a time. Not finished means not there: an abandoned file is removed with the object or at the
/// next start.
public final class BlobIngest: Sendable {
    /// The largest blob that is taken: 64 GiB.
    public static let sizeLimitBytes: Int64 = 64 << 30

    private struct State {
        var hasher: ContentHasher
        var sizeBytes: Int64 = 0
        var isFinished = false
    }

    private let file: OwnedFD
    private let path: String
    private let layout: StoreLayout
    private let state: Mutex<State>

    /// Makes an empty unfinished blob. Blocks.
    init(name: String, algorithm: Digest.Algorithm, layout: StoreLayout) throws(LinuxError) {
        path = "\(layout.ingest)/\(name)"
        file = try File.open(path, [.readWrite, .create, .exclusive], mode: 0o600)
        self.layout = layout
        state = Mutex(State(hasher: ContentHasher(algorithm)))
    }

    deinit {
        if !state.withLock({ $0.isFinished }) { try? File.remove(path, ifExists: true) }
    }

    /// Bytes taken so far.
    public var sizeBytes: Int64 { state.withLock { $0.sizeBytes } }

    /// Adds bytes at the end; suspends while a pool thread writes and hashes.
    public func append(_ bytes: [UInt8]) async throws {
        try await BlockingPool.shared.run { try bytes.withUnsafeBytes { try self.write($0) } }
    }

    /// Adds bytes at the end. Blocks: for callers on a thread of their own.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state in
            guard !state.isFinished else { throw ImageError(.invalid, "upload is finished already") }
            guard state.sizeBytes + Int64(bytes.count) <= Self.sizeLimitBytes else {
                throw ImageError(.invalid, "blob is larger than \(Self.sizeLimitBytes >> 30) GiB")
            }
            if case .failure(let errno) = file.writeAll(bytes) { throw Self.explain(errno, path) }
            state.hasher.update(bytes)
            state.sizeBytes += Int64(bytes.count)
        }
    }

    /// Verifies size and digest, makes the file durable and gives it its name. Blocks.
    ///
    /// Returns the digest. Throws `corrupt` when the content is not what was expected; the bytes are gone then.
    func finish(expecting digest: Digest?, sizeBytes expectedBytes: Int64?) throws -> (digest: Digest, sizeBytes: Int64)
    {
        try state.withLock { state in
            guard !state.isFinished else { throw ImageError(.invalid, "upload is finished already") }
            state.isFinished = true
            do {
                let actual = try actualDigest(state.hasher, expecting: digest)
                if let expectedBytes, expectedBytes != state.sizeBytes {
                    throw ImageError(
                        .corrupt, "blob \(actual) has \(state.sizeBytes) bytes instead of \(expectedBytes)"
                    )
                }
                try file.sync()
                try File.rename(path, to: layout.blob(actual))
                try File.syncDirectory(File.parent(of: layout.blob(actual)))
                return (actual, state.sizeBytes)
            } catch {
                try? File.remove(path, ifExists: true)
                throw error
            }
        }
    }

    /// Throws the bytes away. Blocks shortly.
    public func cancel() {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            try? File.remove(path, ifExists: true)
        }
    }

    private func actualDigest(_ hasher: ContentHasher, expecting expected: Digest?) throws -> Digest {
        var actual = try hasher.digest
        if let expected, expected.algorithm != actual.algorithm {
            // Clients name the algorithm only when they finish: read the file again.
            actual = try FileHash.digest(of: file, algorithm: expected.algorithm)
        }
        if let expected, expected != actual {
            throw ImageError(.corrupt, "content has digest \(actual) instead of \(expected)")
        }
        return actual
    }

    private static func explain(_ errno: Errno, _ path: String) -> ImageError {
        errno == .noSpace
            ? ImageError(.noSpace, "disk is full; free space or run `skiff image prune`", cause: errno)
            : ImageError(.io, "cannot write \(path)", cause: errno)
    }
}

/// Hashes of whole files. Calls block.
enum FileHash {
    /// Bytes read at a time: large enough that calls cost nothing, small enough for the second-level cache.
    static let chunkBytes = 256 * 1024

    static func digest(of file: OwnedFD, algorithm: Digest.Algorithm) throws -> Digest {
        var hasher = ContentHasher(algorithm)
        var offset: Int64 = 0
        while true {
            let part = try file.read(at: offset, upTo: chunkBytes)
            if part.isEmpty { return try hasher.digest }
            part.withUnsafeBytes { hasher.update($0) }
            offset += Int64(part.count)
        }
    }
}
