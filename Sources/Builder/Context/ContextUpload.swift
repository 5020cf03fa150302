import Archive
import Effects
import SystemLinux

/// A build context on its way in as a tar stream, compressed or not.
///
/// Used by one task at a time. The bytes go to disk as they come; `finish` unpacks them where they can reach nothing.
public final class ContextUpload: Sendable {
    /// The longest stream that is taken, in bytes.
    public static let maximumBytes: Int64 = 32 << 30
    /// What a context may unpack to.
    static let limits = UnpackLimits(
        contentBytes: 64 << 30, entries: ContextTree.maximumEntries, pathBytes: 4095, depth: 512, expansionRatio: 500,
        ratioFloorBytes: 1 << 30)

    private let directory: String
    private let archive: OwnedFD
    private let counter = ByteCounter(limit: ContextUpload.maximumBytes)

    init(directory: String) throws {
        self.directory = directory
        try Directory.make(directory, mode: 0o700)
        archive = try File.open(directory + "/context.tar", [.write, .create, .exclusive], mode: 0o600)
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `BuilderError` `.limit` when the stream is too long.
    public func append(_ bytes: [UInt8]) async throws {
        try counter.add(Int64(bytes.count))
        try await BlockingPool.shared.run { [archive] in try archive.write(bytes) }
    }

    /// Unpacks what came and returns the context's directory.
    ///
    /// - Throws: `BuilderError` `.context` for a stream that is no tar or is hostile.
    public func finish() async throws -> String {
        let directory = directory
        return try await BlockingPool.shared.run {
            let target = directory + "/context"
            try Directory.make(target, mode: 0o755)
            try ArchiveExtraction.unpack(directory + "/context.tar", into: target, limits: Self.limits)
            try File.remove(directory + "/context.tar")
            return target
        }
    }

    /// Removes everything that came.
    public func discard() async {
        let directory = directory
        // What cannot be removed now goes when the builder is opened the next time.
        await uncancelled { try? await BlockingPool.shared.run { try Directory.removeTree(directory) } }
    }
}

extension BuildEngine {
    /// Starts to take a context; the caller ends it with `discard`, after the build that uses it.
    public func beginUpload() async throws -> ContextUpload {
        let directory = "\(root)/tmp/upload-\(effects.hexID().prefix(12))"
        return try await BlockingPool.shared.run { try ContextUpload(directory: directory) }
    }

    /// Reads the Dockerfile of `request` and plans it, without building.
    ///
    /// - Throws: what `build` would throw before its first step.
    public func validate(_ request: BuildRequest) async throws {
        let session = BuildSession(engine: self, id: "validate", request: request) { _ in }
        _ = try await session.plan()
    }
}
