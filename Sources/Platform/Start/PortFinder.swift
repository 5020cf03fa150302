import SystemLinux

/// Finds the loopback port that a server of this cluster will have, before that server exists.
///
/// The Kubernetes API's port is needed by the cluster's own Service object and by its certificate long before the API
/// can answer, so the port is bound early and handed on.
struct PortFinder: Sendable {
    /// The first candidate that nobody listens on; 0 when only the kernel can choose. Blocks for a moment.
    static func free(among candidates: [UInt16], address: String = "127.0.0.1") -> UInt16 {
        for candidate in candidates where candidate != 0 {
            if (try? ListeningSocket.probe(address: address, port: candidate)) != nil { return candidate }
        }
        return 0
    }
}
