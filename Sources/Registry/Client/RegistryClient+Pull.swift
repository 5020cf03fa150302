import AsyncHTTPClient
import Images
import NIOCore
import NIOHTTP1
import OCI
import SystemLinux

extension RegistryClient {
    /// Fetches an image; see `ImageTransport`. What the store has already is not fetched.
    public func pull(
        _ reference: Reference, platform: OCIPlatform, into store: ImageStore, credentials: RegistryCredentials?,
        progress: TransferProgress
    ) async throws -> Digest {
        let session = try await session(reference, actions: "pull", credentials: credentials)
        let name = reference.digest?.description ?? reference.tag ?? Reference.defaultTag
        let pull = ImagePull(
            session: session, reference: reference, platform: platform, store: store, progress: progress
        )
        return try await pull.run(name)
    }
}

/// One pull of one reference.
struct ImagePull: Sendable {
    /// Attempts to continue one blob's download after it broke off.
    private static let resumeLimit = 5
    /// Bytes collected before they are written and hashed.
    private static let batchBytes = 1 << 20
    /// Bytes between two reports of one blob's progress.
    private static let reportBytes: Int64 = 512 * 1024

    let session: RegistrySession
    let reference: Reference
    let platform: OCIPlatform
    let store: ImageStore
    let progress: TransferProgress

    func run(_ name: String) async throws -> Digest {
        let (descriptor, bytes) = try await manifest(name, expecting: reference.digest)
        progress.report(.started(reference))
        switch try ManifestDocument(bytes, mediaType: descriptor.mediaType) {
        case .manifest(let manifest): try await fetch(manifest)
        case .index(let index):
            guard let child = index.manifest(for: platform) else {
                let offered = Set(index.manifests.compactMap { $0.platform?.description }).sorted()
                throw ImageError(
                    .notFound,
                    "\(reference.familiar) has no image for \(platform); it has \(offered.joined(separator: ", "))"
                )
            }
            let (inner, innerBytes) = try await manifest(child.digest.description, expecting: child.digest)
            guard case .manifest(let manifest) = try ManifestDocument(innerBytes, mediaType: inner.mediaType) else {
                throw ImageError(
                    .unsupported, "\(reference.familiar) nests an index for \(platform); pull it by digest")
            }
            try await fetch(manifest)
            try await keep(innerBytes, inner)
        }
        try await keep(bytes, descriptor)
        return descriptor.digest
    }

    private func keep(_ bytes: [UInt8], _ descriptor: Descriptor) async throws {
        try await store.putManifest(
            bytes, mediaType: descriptor.mediaType, repository: reference, expecting: descriptor.digest,
            authority: .pulled, allowsMissing: true
        )
    }

    private func manifest(_ name: String, expecting: Digest?) async throws -> (Descriptor, [UInt8]) {
        try await ManifestRequest(session: session, reference: reference).fetch(name, expecting: expecting)
    }

    /// Fetches configuration and layers, several at a time.
    private func fetch(_ manifest: Manifest) async throws {
        var seen: Set<Digest> = []
        let parts = ([manifest.config] + manifest.layers).filter { seen.insert($0.digest).inserted }
        if let foreign = parts.first(where: { $0.mediaType.isNondistributable }) {
            throw ImageError(
                .unsupported,
                "layer \(foreign.digest) of \(reference.familiar) is not kept by registries (foreign layer)"
            )
        }
        for layer in manifest.layers { progress.report(.waiting(layer.digest)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = parts[...]
            for part in rest.prefix(RegistryClient.parallelBlobs) {
                group.addTask { try await fetch(part, isLayer: part != manifest.config) }
            }
            rest = rest.dropFirst(RegistryClient.parallelBlobs)
            while try await group.next() != nil {
                guard let part = rest.popFirst() else { continue }
                group.addTask { try await fetch(part, isLayer: part != manifest.config) }
            }
        }
    }

    private func fetch(_ part: Descriptor, isLayer: Bool) async throws {
        if try await store.blobSize(part.digest) != nil {
            if isLayer { progress.report(.present(part.digest)) }
            return
        }
        var ingest = try await store.ingest(algorithm: part.digest.algorithm)
        var attempt = 0
        while true {
            do {
                try await download(part, into: &ingest, isLayer: isLayer)
                break
            } catch let error as ImageError where error.code != .unavailable {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                attempt += 1
                guard attempt < Self.resumeLimit else { throw error }
                progress.report(
                    .note("download of \(part.digest.short) broke off, continuing at \(ingest.sizeBytes) bytes"))
            }
        }
        try await store.finish(ingest, expecting: part.digest, sizeBytes: part.sizeBytes)
        if isLayer { progress.report(.transferred(part.digest)) }
    }

    /// Downloads what is missing of a blob; a server that cannot continue begins again.
    private func download(_ part: Descriptor, into ingest: inout BlobIngest, isLayer: Bool) async throws {
        let offset = ingest.sizeBytes
        if offset == part.sizeBytes { return }
        var call = RegistryHTTP.Call(method: .GET, url: try await session.url("blobs/\(part.digest)"))
        call.timeoutSeconds = 24 * 3600
        if offset > 0 { call.headers.append(("Range", "bytes=\(offset)-")) }
        let response = try await session.send(call, expecting: [200, 206], what: "blob \(part.digest.short)")
        if offset > 0, response.status.code == 200 {
            ingest.cancel()
            ingest = try await store.ingest(algorithm: part.digest.algorithm)
        }
        var reported = ingest.sizeBytes
        var batch: [ByteBuffer] = []
        var batchBytes = 0
        for try await buffer in response.body {
            batch.append(buffer)
            batchBytes += buffer.readableBytes
            guard ingest.sizeBytes + Int64(batchBytes) <= part.sizeBytes else {
                throw ImageError(.corrupt, "blob \(part.digest) is longer than its \(part.sizeBytes) bytes")
            }
            guard batchBytes >= Self.batchBytes else { continue }
            try await write(batch, to: ingest)
            (batch, batchBytes) = ([], 0)
            if isLayer, ingest.sizeBytes - reported >= Self.reportBytes {
                reported = ingest.sizeBytes
                progress.report(.transferring(part.digest, done: reported, total: part.sizeBytes))
            }
        }
        try await write(batch, to: ingest)
        guard ingest.sizeBytes == part.sizeBytes else {
            throw ImageError(.unavailable, "blob \(part.digest) ended after \(ingest.sizeBytes) bytes")
        }
    }

    private func write(_ batch: [ByteBuffer], to ingest: BlobIngest) async throws {
        guard !batch.isEmpty else { return }
        try await BlockingPool.shared.run {
            for buffer in batch { try buffer.withUnsafeReadableBytes { try ingest.write($0) } }
        }
    }
}
