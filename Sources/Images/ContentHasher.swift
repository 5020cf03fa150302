import Crypto
import OCI

/// A running hash of content; the processor's SHA instructions do the work where there are any.
public struct ContentHasher: Sendable {
    // Two optionals rather than an enum with payload: they are updated in place, without a copy of the context.
    private var sha256: SHA256?
    private var sha512: SHA512?

    /// Starts a hash.
    public init(_ algorithm: OCI.Digest.Algorithm = .sha256) {
        switch algorithm {
        case .sha256: sha256 = SHA256()
        case .sha512: sha512 = SHA512()
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bufferPointer: bytes)
        sha512?.update(bufferPointer: bytes)
    }

    /// The digest of all bytes so far; more may be added afterwards.
    public var digest: OCI.Digest {
        get throws(OCIError) {
            if let sha512 { return try OCI.Digest(algorithm: .sha512, bytes: sha512.finalize()) }
            return try OCI.Digest(algorithm: .sha256, bytes: (sha256 ?? SHA256()).finalize())
        }
    }

    /// The digest of a whole document.
    public static func digest(
        of bytes: [UInt8], algorithm: OCI.Digest.Algorithm = .sha256
    ) throws(OCIError) -> OCI.Digest {
        var hasher = ContentHasher(algorithm)
        bytes.withUnsafeBytes { hasher.update($0) }
        return try hasher.digest
    }
}
