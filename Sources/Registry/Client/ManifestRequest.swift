import AsyncHTTPClient
import Document
import Images
import NIOCore
import NIOHTTP1
import OCI

/// Fetches documents of one repository and verifies them.
struct ManifestRequest: Sendable {
    let session: RegistrySession
    let reference: Reference

    /// A manifest or index by tag or digest, with its verified descriptor.
    func fetch(_ name: String, expecting: Digest?) async throws -> (Descriptor, [UInt8]) {
        var call = RegistryHTTP.Call(method: .GET, url: try await session.url("manifests/\(name)"))
        for type in OCI.MediaType.images { call.headers.append(("Accept", type.rawValue)) }
        let response = try await session.send(call, expecting: [200], what: reference.familiar)
        let bytes = try await document(response, "manifest of \(reference.familiar)")
        let digest = try ContentHasher.digest(of: bytes, algorithm: expecting?.algorithm ?? .sha256)
        if let expecting, expecting != digest {
            throw ImageError(.corrupt, "registry sent manifest \(digest) instead of \(expecting)")
        }
        guard let type = response.headers.first(name: "Content-Type") else {
            throw ImageError(.unsupported, "registry sent a manifest of \(reference.familiar) without a media type")
        }
        let descriptor = Descriptor(
            mediaType: OCI.MediaType(rawValue: type), digest: digest, sizeBytes: Int64(bytes.count)
        )
        return (descriptor, bytes)
    }

    /// An image configuration.
    func config(_ descriptor: Descriptor) async throws -> ImageConfig {
        let call = RegistryHTTP.Call(method: .GET, url: try await session.url("blobs/\(descriptor.digest)"))
        let response = try await session.send(call, expecting: [200], what: "configuration of \(reference.familiar)")
        let bytes = try await document(response, "configuration of \(reference.familiar)")
        guard try ContentHasher.digest(of: bytes, algorithm: descriptor.digest.algorithm) == descriptor.digest else {
            throw ImageError(.corrupt, "registry sent another configuration than \(descriptor.digest)")
        }
        do { return try JSONDecoding.decode(ImageConfig.self, from: bytes) } catch {
            throw ImageError(.invalid, "configuration \(descriptor.digest) is not valid", cause: error)
        }
    }

    private func document(_ response: HTTPClientResponse, _ what: String) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: ImageStore.documentLimitBytes).readableBytesView)
        } catch {
            throw ImageError(
                .invalid, "\(what) is larger than \(ImageStore.documentLimitBytes) bytes or broke off", cause: error)
        }
    }
}
