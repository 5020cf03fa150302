import EventBus
import HTTPService
import HTTPTypes
import Hummingbird
import Images
import NIOCore
import OCI

extension RegistryResponder {
    func getManifest(
        _ repository: RegistryRoute.Repository, _ name: RegistryRoute.ManifestName
    ) async throws -> Response {
        let (descriptor, bytes) = try await store.manifest(try Self.reference(repository, name))
        return Response(
            status: .ok,
            headers: Self.headers([
                ("Content-Type", descriptor.mediaType.rawValue),
                ("Docker-Content-Digest", descriptor.digest.description), ("ETag", "\"\(descriptor.digest)\""),
            ]),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    func putManifest(
        _ repository: RegistryRoute.Repository, _ name: RegistryRoute.ManifestName, _ request: Request, cause: Cause
    ) async throws -> Response {
        guard let type = request.headers[.contentType] else {
            throw RegistryError(.manifestInvalid, status: 400, "header Content-Type is missing")
        }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: ImageStore.documentLimitBytes) } catch is any HTTPResponseError
        {
            throw RegistryError(
                .sizeInvalid, status: 413, "manifest is larger than \(ImageStore.documentLimitBytes) bytes"
            )
        }
        let bytes = Array(body.readableBytesView)
        let mediaType = OCI.MediaType(rawValue: type)
        var tags = request.queryItems.all("tag")
        var expected: Digest?
        switch name {
        case .tag(let tag): tags = [tag]
        case .digest(let digest): expected = digest
        }
        for tag in tags where !Reference.isTag(tag) {
            throw RegistryError(.manifestInvalid, status: 400, "tag is malformed")
        }
        let stored = try await put(bytes, mediaType, repository, tags, expected, cause)
        var headers = Self.headers([
            ("Location", "/v2/\(repository.path)/manifests/\(stored.digest)"),
            ("Docker-Content-Digest", stored.digest.description), ("Content-Length", "0"),
        ])
        if expected != nil, !tags.isEmpty { headers.set("OCI-Tag", tags.joined(separator: ", ")) }
        if let subject = try ManifestDocument(bytes, mediaType: mediaType).subject {
            headers.set("OCI-Subject", subject.digest.description)
        }
        return Response(status: .created, headers: headers)
    }

    private func put(
        _ bytes: [UInt8], _ mediaType: OCI.MediaType, _ repository: RegistryRoute.Repository, _ tags: [String],
        _ expected: Digest?, _ cause: Cause
    ) async throws -> Descriptor {
        do {
            return try await store.putManifest(
                bytes, mediaType: mediaType, repository: repository.reference, tags: tags, expecting: expected,
                // A sparse index is legal: clients copy one platform of many.
                authority: .local, allowsMissing: mediaType.isIndex, cause: cause
            )
        } catch let error as ImageError where error.code == .blobNotFound {
            throw RegistryError(.manifestBlobUnknown, status: 404, error.message)
        } catch let error as ImageError where error.code == .corrupt {
            throw RegistryError(.digestInvalid, status: 400, error.message)
        }
    }

    func deleteManifest(
        _ repository: RegistryRoute.Repository, _ name: RegistryRoute.ManifestName, cause: Cause
    ) async throws -> Response {
        switch name {
        case .tag: try await store.untag(try Self.reference(repository, name), cause: cause)
        case .digest(let digest):
            try await store.removeManifest(digest, repository: repository.reference, cause: cause)
        }
        return Response(status: .accepted, headers: Self.headers([("Content-Length", "0")]))
    }

    private static func reference(
        _ repository: RegistryRoute.Repository, _ name: RegistryRoute.ManifestName
    ) throws -> Reference {
        switch name {
        case .tag(let tag): try repository.reference.with(tag: tag)
        case .digest(let digest): repository.reference.with(digest: digest)
        }
    }
}
