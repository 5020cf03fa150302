/// What the kernel does for a Service. Published by ServiceProxy after the kernel took the change; Node (before it
/// ends a pod) and `skiff expose` listen.
public enum ServiceEvent: Sendable, Hashable {
    /// Traffic follows the service at `serviceRevision` and its slices up to `endpointsRevision`.
    case programmed(
        namespace: String, name: String, serviceRevision: UInt64, endpointsRevision: UInt64, endpoints: Int)
    /// Nothing answers on its addresses any more.
    case withdrawn(namespace: String, name: String)

    var details: EventDetails {
        switch self {
        case .programmed(_, _, let serviceRevision, let endpointsRevision, let endpoints):
            EventDetails(
                "programmed",
                [
                    "serviceRevision": String(serviceRevision), "endpointsRevision": String(endpointsRevision),
                    "endpoints": String(endpoints),
                ]
            )
        case .withdrawn: EventDetails("withdrawn")
        }
    }
}
