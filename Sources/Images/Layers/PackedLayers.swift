import OCI
import Synchronization

/// Which compressed blob belongs to which uncompressed layer, for layers pushed since the start.
final class PackedLayers: Sendable {
    /// Most pairs kept; beyond it all are forgotten, and layers compressed again.
    private static let limit = 4096

    private let pairs = Mutex<[Digest: Descriptor]>([:])

    func value(_ layer: Digest) -> Descriptor? { pairs.withLock { $0[layer] } }

    func set(_ layer: Digest, _ packed: Descriptor) {
        pairs.withLock { pairs in
            if pairs.count >= Self.limit { pairs.removeAll() }
            pairs[layer] = packed
        }
    }
}
