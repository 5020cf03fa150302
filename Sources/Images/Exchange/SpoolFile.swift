import Effects
import OCI
import SystemLinux

/// A file without a name that outlives neither this object nor the process: for archives on their way in or out.
public struct SpoolFile: Sendable {
    /// The open file, for reading and writing.
    public let file: OwnedFD

    /// Adds bytes at the end. Suspends while a pool thread writes. Throws `noSpace`.
    public func append(_ bytes: [UInt8]) async throws {
        try await BlockingPool.shared.run {
            do {
                try file.write(bytes)
            } catch let error as LinuxError {
                throw ImageError(
                    error.code == .noSpace ? .noSpace : .io,
                    error.code == .noSpace
                        ? "disk is full; free space or run `skiff image prune`" : "cannot spool an archive",
                    cause: error
                )
            }
        }
    }

    /// Length in bytes.
    public func sizeBytes() async throws -> Int64 {
        try await BlockingPool.shared.run { try file.status().sizeBytes }
    }

    /// Reads at most `count` bytes at an offset; empty at the end.
    public func read(at offset: Int64, upTo count: Int) async throws -> [UInt8] {
        try await BlockingPool.shared.run { try file.read(at: offset, upTo: count) }
    }
}

extension ImageStore {
    /// Makes an empty spool file on the store's file system.
    public func makeSpool() async throws -> SpoolFile {
        let path = "\(layout.ingest)/\(effects.uuid())"
        return try await BlockingPool.shared.run {
            let file = try File.open(path, [.readWrite, .create, .exclusive], mode: 0o600)
            try File.remove(path)
            return SpoolFile(file: file)
        }
    }
}
