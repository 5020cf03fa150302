import Document
import OCI

/// A parsed manifest or index. The bytes it came from stay the truth; this is only for looking into it.
public enum ManifestDocument: Sendable, Hashable {
    /// One image or artifact.
    case manifest(Manifest)
    /// A list of manifests.
    case index(Index)

    /// Parses strictly: duplicate keys, wrong types and documents that are two things at once are refused.
    ///
    /// `mediaType` is what the outside says (a header or descriptor); the document must not contradict it.
    /// Throws `invalid` or `unsupported`.
    public init(_ bytes: [UInt8], mediaType: MediaType) throws(ImageError) {
        do {
            if mediaType.isIndex {
                let index = try JSONDecoding.decode(Index.self, from: bytes)
                try Self.agree(index.mediaType, mediaType)
                self = .index(index)
            } else if mediaType.isManifest {
                let manifest = try JSONDecoding.decode(Manifest.self, from: bytes)
                try Self.agree(manifest.mediaType, mediaType)
                self = .manifest(manifest)
            } else {
                throw ImageError(
                    .unsupported,
                    "media type \"\(mediaType)\" is not an image manifest or index of OCI or Docker schema 2"
                )
            }
        } catch let error as ImageError {
            throw error
        } catch {
            throw ImageError(.invalid, "manifest is not valid", cause: error)
        }
    }

    private static func agree(_ inside: MediaType?, _ outside: MediaType) throws(ImageError) {
        guard let inside, inside != outside else { return }
        throw ImageError(.invalid, "manifest says it is \"\(inside)\" but was sent as \"\(outside)\"")
    }

    /// What the document is about, if it refers to another one.
    public var subject: Descriptor? {
        switch self {
        case .manifest(let manifest): manifest.subject
        case .index(let index): index.subject
        }
    }

    /// The type that a referrers list shows.
    var effectiveArtifactType: String? {
        switch self {
        case .manifest(let manifest): manifest.effectiveArtifactType
        case .index(let index): index.artifactType
        }
    }

    var annotations: [String: String]? {
        switch self {
        case .manifest(let manifest): manifest.annotations
        case .index(let index): index.annotations
        }
    }

    /// The content the document needs. Layers that are fetched from elsewhere are not needed.
    var edges: [(child: Digest, kind: EdgeKind)] {
        switch self {
        case .index(let index): index.manifests.map { ($0.digest, .manifest) }
        case .manifest(let manifest):
            [(manifest.config.digest, .config)]
                + manifest.layers.filter { !$0.mediaType.isNondistributable }.map { ($0.digest, .layer) }
        }
    }
}
