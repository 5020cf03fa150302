import AsyncHTTPClient
import Images
import NIOCore
import NIOHTTP1
import OCI

extension RegistryClient {
    /// What a registry has under a name.
    public struct Inspection: Sendable {
        /// The manifest or index.
        public let descriptor: Descriptor
        /// The platforms it has images for.
        public let platforms: [OCIPlatform]
    }

    /// Asks a registry for a manifest without fetching the image. Throws `denied`, `notFound`, `unavailable`.
    public func inspect(_ reference: Reference, credentials: RegistryCredentials? = nil) async throws -> Inspection {
        let session = try await session(reference, actions: "pull", credentials: credentials)
        let request = ManifestRequest(session: session, reference: reference)
        let (descriptor, bytes) = try await request.fetch(
            reference.digest?.description ?? reference.tag ?? Reference.defaultTag, expecting: reference.digest
        )
        switch try ManifestDocument(bytes, mediaType: descriptor.mediaType) {
        case .index(let index):
            return Inspection(descriptor: descriptor, platforms: index.manifests.compactMap(\.platform))
        case .manifest(let manifest):
            guard manifest.config.mediaType.isConfig else { return Inspection(descriptor: descriptor, platforms: []) }
            let config = try await request.config(manifest.config)
            return Inspection(descriptor: descriptor, platforms: [config.platform])
        }
    }
}
