import AsyncHTTPClient
import Document
import Images
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// Uploads an image; see `ImageTransport`. What the registry has already is not sent.
    public func push(
        _ reference: Reference, from store: ImageStore, credentials: RegistryCredentials?, progress: TransferProgress
    ) async throws -> Descriptor {
        let session = try await session(reference, actions: "pull,push", credentials: credentials)
        let push = ImagePush(session: session, reference: reference, store: store, progress: progress)
        return try await push.run()
    }
}

/// One push of one tag.
struct ImagePush: Sendable {
    /// Bytes sent at a time.
    private static let chunkBytes = 512 * 1024
    /// Bytes between two reports of one blob's progress.
    private static let reportBytes: Int64 = 1 << 20

    let session: RegistrySession
    let reference: Reference
    let store: ImageStore
    let progress: TransferProgress

    func run() async throws -> Descriptor {
        let local = store.localName(reference)
        let (descriptor, bytes) = try await store.manifest(local)
        progress.report(.started(reference))
        switch try ManifestDocument(bytes, mediaType: descriptor.mediaType) {
        case .manifest(let manifest): return try await send(manifest, bytes, descriptor)
        case .index(let index):
            // A pulled index names platforms that are not here: then this machine's image is what can be sent.
            guard try await isComplete(index) else { return try await sendHostImage() }
            for child in index.manifests { try await sendChild(child) }
            return try await put(bytes, descriptor, as: reference.tag ?? Reference.defaultTag)
        }
    }

    private func isComplete(_ index: Index) async throws -> Bool {
        for child in index.manifests where try await store.blobSize(child.digest) == nil { return false }
        return true
    }

    private func sendHostImage() async throws -> Descriptor {
        guard let image = try await store.find(reference) else {
            throw ImageError(.notFound, "\(reference.familiar) has no image for this machine to push")
        }
        progress.report(.note("only this machine's platform is here; pushing it without the others"))
        let bytes = try await store.readDocument(image.manifest.digest)
        guard case .manifest(let manifest) = try ManifestDocument(bytes, mediaType: image.manifest.mediaType) else {
            throw ImageError(.invalid, "manifest of \(reference.familiar) is an index")
        }
        return try await send(manifest, bytes, image.manifest)
    }

    private func sendChild(_ child: Descriptor) async throws {
        let bytes = try await store.readDocument(child.digest)
        guard case .manifest(let manifest) = try ManifestDocument(bytes, mediaType: child.mediaType) else {
            throw ImageError(.unsupported, "\(reference.familiar) nests an index; push the inner one by itself first")
        }
        try await sendBlobs(manifest)
        _ = try await put(bytes, child, as: child.digest.description)
    }

    /// Sends one image. Layers that were built here leave the machine compressed, which makes a manifest of its own.
    private func send(_ manifest: Manifest, _ bytes: [UInt8], _ descriptor: Descriptor) async throws -> Descriptor {
        var packed = manifest
        for (index, layer) in manifest.layers.enumerated() where layer.mediaType == .ociLayer {
            packed.layers[index] = try await store.compressedLayer(layer)
        }
        try await sendBlobs(packed)
        let tag = reference.tag ?? Reference.defaultTag
        guard packed != manifest else { return try await put(bytes, descriptor, as: tag) }
        let packedBytes = try JSONEncoding.encode(packed)
        let digest = try ContentHasher.digest(of: packedBytes)
        let type = manifest.mediaType ?? .ociManifest
        return try await put(
            packedBytes, Descriptor(mediaType: type, digest: digest, sizeBytes: Int64(packedBytes.count)), as: tag
        )
    }

    private func sendBlobs(_ manifest: Manifest) async throws {
        var seen: Set<Digest> = []
        let parts = (manifest.layers + [manifest.config]).filter {
            !$0.mediaType.isNondistributable && seen.insert($0.digest).inserted
        }
        for part in parts { progress.report(.waiting(part.digest)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = parts[...]
            for part in rest.prefix(RegistryClient.parallelBlobs) { group.addTask { try await sendBlob(part) } }
            rest = rest.dropFirst(RegistryClient.parallelBlobs)
            while try await group.next() != nil {
                if let part = rest.popFirst() { group.addTask { try await sendBlob(part) } }
            }
        }
    }

    private func sendBlob(_ part: Descriptor) async throws {
        let what = "blob \(part.digest.short) of \(reference.familiarName)"
        let head = RegistryHTTP.Call(method: .HEAD, url: try await session.url("blobs/\(part.digest)"))
        if try await session.send(head, expecting: [200, 404], what: what).status == .ok {
            return progress.report(.present(part.digest))
        }
        let start = RegistryHTTP.Call(method: .POST, url: try await session.url("blobs/uploads/"))
        let begun = try await session.send(start, expecting: [202], what: what)
        guard let location = begun.headers.first(name: "Location") else {
            throw ImageError(.unavailable, "\(session.host.name) began an upload without saying where")
        }
        let blob = try await store.openBlob(part.digest)
        let target = try await session.url(location)
        var finish = RegistryHTTP.Call(
            method: .PUT, url: target + (target.contains("?") ? "&" : "?") + "digest=\(part.digest)"
        )
        finish.timeoutSeconds = 24 * 3600
        finish.headers.append(("Content-Type", "application/octet-stream"))
        finish.body = { [progress] in
            .stream(BlobChunks(blob: blob, progress: progress), length: .known(blob.sizeBytes))
        }
        _ = try await session.send(finish, expecting: [201, 204], what: what)
        progress.report(.transferred(part.digest))
    }

    private func put(_ bytes: [UInt8], _ descriptor: Descriptor, as name: String) async throws -> Descriptor {
        var call = RegistryHTTP.Call(method: .PUT, url: try await session.url("manifests/\(name)"))
        call.headers.append(("Content-Type", descriptor.mediaType.rawValue))
        call.body = { .bytes(bytes) }
        _ = try await session.send(call, expecting: [201, 202], what: reference.familiar)
        return descriptor
    }

    /// A blob as the chunks of a request body.
    private struct BlobChunks: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let blob: BlobFile
        let progress: TransferProgress

        func makeAsyncIterator() -> Iterator { Iterator(blob: blob, progress: progress) }

        struct Iterator: AsyncIteratorProtocol {
            let blob: BlobFile
            let progress: TransferProgress
            var offset: Int64 = 0
            var reported: Int64 = 0

            mutating func next() async throws -> ByteBuffer? {
                let bytes = try await blob.read(at: offset, upTo: ImagePush.chunkBytes)
                guard !bytes.isEmpty else { return nil }
                offset += Int64(bytes.count)
                if offset - reported >= ImagePush.reportBytes {
                    reported = offset
                    progress.report(.transferring(blob.digest, done: offset, total: blob.sizeBytes))
                }
                return ByteBuffer(bytes: bytes)
            }
        }
    }
}
