import HTTPTypes
import Hummingbird
import Images
import NIOCore
import OCI
import SystemLinux

extension RegistryResponder {
    /// Bytes read from the disk at a time while a blob is served.
    static let blobChunkBytes = 512 * 1024

    func getBlob(_ digest: Digest, _ request: Request) async throws -> Response {
        let blob = try await store.openBlob(digest)
        var headers = Self.headers([
            ("Content-Type", "application/octet-stream"), ("Docker-Content-Digest", digest.description),
            ("ETag", "\"\(digest)\""), ("Accept-Ranges", "bytes"),
            // Content under its digest never changes.
            ("Cache-Control", "max-age=31536000, immutable"),
        ])
        switch ByteRange.parse(request.headers[.range], size: blob.sizeBytes) {
        case .whole:
            return Response(status: .ok, headers: headers, body: Self.body(blob, from: 0, count: blob.sizeBytes))
        case .part(let range):
            headers.set("Content-Range", "bytes \(range.first)-\(range.last)/\(blob.sizeBytes)")
            let count = range.last - range.first + 1
            return Response(
                status: .partialContent, headers: headers, body: Self.body(blob, from: range.first, count: count)
            )
        case .unsatisfiable:
            throw RegistryError(
                .sizeInvalid, status: 416, "range is outside the blob's \(blob.sizeBytes) bytes",
                headers: ["Content-Range": "bytes */\(blob.sizeBytes)"]
            )
        }
    }

    /// Streams a part of a blob; the next piece is read while the one before is sent.
    private static func body(_ blob: BlobFile, from start: Int64, count: Int64) -> ResponseBody {
        ResponseBody(contentLength: Int(count)) { writer in
            let end = start + count
            var offset = start
            var next = try await piece(blob, offset, end)
            while !next.isEmpty {
                let current = next
                offset += Int64(current.count)
                let from = offset
                async let ahead = piece(blob, from, end)
                try await writer.write(ByteBuffer(bytes: current))
                next = try await ahead
            }
            guard offset == end else {
                // Less than the declared length: the connection breaks, and the client sees that.
                throw ImageError(.corrupt, "blob \(blob.digest) ends early on disk")
            }
            try await writer.finish(nil)
        }
    }

    private static func piece(_ blob: BlobFile, _ offset: Int64, _ end: Int64) async throws -> [UInt8] {
        guard offset < end else { return [] }
        return try await blob.read(at: offset, upTo: Int(min(end - offset, Int64(blobChunkBytes))))
    }

    func deleteBlob(_ digest: Digest) async throws -> Response {
        try await store.removeBlob(digest)
        return Response(status: .accepted, headers: Self.headers([("Content-Length", "0")]))
    }
}
