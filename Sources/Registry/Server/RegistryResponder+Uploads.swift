import HTTPService
import HTTPTypes
import Hummingbird
import Images
import NIOCore
import OCI
import SystemLinux

extension RegistryResponder {
    /// Bytes of a request body that are written and hashed in one go.
    private static let ingestBatchBytes = 1 << 20

    func startUpload(_ repository: RegistryRoute.Repository, _ request: Request) async throws -> Response {
        let query = request.queryItems
        if let text = query["mount"] {
            let digest = try RegistryRoute.digest(text)
            // One store: where the content is mounted from does not matter, only that it is here.
            if let from = query["from"] { _ = try RegistryRoute.repository(from) }
            if try await store.blobSize(digest) != nil { return Self.created(repository, digest) }
        }
        let algorithm =
            query["digest"].flatMap { try? Digest($0).algorithm }
            ?? query["digest-algorithm"].flatMap { Digest.Algorithm(rawValue: $0) } ?? .sha256
        let ingest = try await store.ingest(algorithm: algorithm)
        if let text = query["digest"] {
            let digest = try RegistryRoute.digest(text)
            try await receive(request.body, into: ingest)
            try await finish(ingest, digest)
            return Self.created(repository, digest)
        }
        let id = try await uploads.add(ingest, repository: repository.reference)
        return Self.accepted(repository, id, offset: 0)
    }

    func uploadStatus(_ repository: RegistryRoute.Repository, _ id: String) async throws -> Response {
        let offset = try await uploads.offset(id, repository: repository.reference)
        var response = Self.accepted(repository, id, offset: offset)
        response.status = .noContent
        return response
    }

    func appendChunk(
        _ repository: RegistryRoute.Repository, _ id: String, _ request: Request
    ) async throws -> Response {
        let session = try await uploads.take(id, repository: repository.reference)
        do {
            try checkOrder(request, session.ingest, repository, id)
            try await receive(request.body, into: session.ingest)
        } catch {
            await uploads.giveBack(id)
            throw error
        }
        await uploads.giveBack(id)
        return Self.accepted(repository, id, offset: session.ingest.sizeBytes)
    }

    func finishUpload(
        _ repository: RegistryRoute.Repository, _ id: String, _ request: Request
    ) async throws -> Response {
        guard let text = request.queryItems["digest"] else {
            throw RegistryError(.digestInvalid, status: 400, "parameter digest is missing")
        }
        let digest = try RegistryRoute.digest(text)
        let session = try await uploads.take(id, repository: repository.reference)
        do {
            try checkOrder(request, session.ingest, repository, id)
            try await receive(request.body, into: session.ingest)
        } catch {
            await uploads.giveBack(id)
            throw error
        }
        // Right or wrong, the upload is over: a wrong digest means that the bytes are not to be trusted.
        await uploads.remove(id)
        try await finish(session.ingest, digest)
        return Self.created(repository, digest)
    }

    func cancelUpload(_ repository: RegistryRoute.Repository, _ id: String) async throws -> Response {
        let session = try await uploads.take(id, repository: repository.reference)
        await uploads.remove(id)
        session.ingest.cancel()
        return Response(status: .noContent, headers: Self.headers([]))
    }

    private func finish(_ ingest: BlobIngest, _ digest: Digest) async throws {
        do {
            try await store.finish(ingest, expecting: digest)
        } catch let error as ImageError where error.code == .corrupt {
            throw RegistryError(.digestInvalid, status: 400, error.message)
        }
    }

    /// A chunk that names its place must continue exactly where the upload stands.
    private func checkOrder(
        _ request: Request, _ ingest: BlobIngest, _ repository: RegistryRoute.Repository, _ id: String
    ) throws {
        guard let header = request.headers[.contentRange] else { return }
        let offset = ingest.sizeBytes
        let range = ByteRange.parseChunk(header)
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        let fits = range.map { length == nil || $0.last - $0.first + 1 == length } ?? false
        guard let range, range.first == offset, fits else {
            throw RegistryError(
                .blobUploadInvalid, status: 416, "chunk \(header) does not continue the upload at byte \(offset)",
                headers: ["Location": Self.location(repository, id), "Range": "0-\(max(0, offset - 1))"]
            )
        }
    }

    /// Writes a body into an upload, a batch at a time, on a thread that may block.
    private func receive(_ body: RequestBody, into ingest: BlobIngest) async throws {
        var batch: [ByteBuffer] = []
        var batchBytes = 0
        do {
            for try await buffer in body {
                batch.append(buffer)
                batchBytes += buffer.readableBytes
                if batchBytes >= Self.ingestBatchBytes {
                    try await write(batch, into: ingest)
                    batch.removeAll(keepingCapacity: true)
                    batchBytes = 0
                }
            }
        } catch {
            // The client is gone in the middle: what came is kept, it may resume.
            try await write(batch, into: ingest)
            throw error
        }
        try await write(batch, into: ingest)
    }

    private func write(_ batch: [ByteBuffer], into ingest: BlobIngest) async throws {
        guard !batch.isEmpty else { return }
        try await BlockingPool.shared.run {
            for buffer in batch {
                try buffer.withUnsafeReadableBytes { try ingest.write($0) }
            }
        }
    }

    private static func location(_ repository: RegistryRoute.Repository, _ id: String) -> String {
        "/v2/\(repository.path)/blobs/uploads/\(id)"
    }

    private static func accepted(_ repository: RegistryRoute.Repository, _ id: String, offset: Int64) -> Response {
        Response(
            status: .accepted,
            headers: headers([
                ("Location", location(repository, id)), ("Docker-Upload-UUID", id),
                ("Range", "0-\(max(0, offset - 1))"), ("Content-Length", "0"),
            ])
        )
    }

    private static func created(_ repository: RegistryRoute.Repository, _ digest: Digest) -> Response {
        Response(
            status: .created,
            headers: headers([
                ("Location", "/v2/\(repository.path)/blobs/\(digest)"), ("Docker-Content-Digest", digest.description),
                ("Content-Length", "0"),
            ])
        )
    }
}
