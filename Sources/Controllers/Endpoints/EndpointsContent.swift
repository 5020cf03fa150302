import Document

/// The subsets of an Endpoints object (core/v1), the older form of the same knowledge.
struct EndpointsContent: Sendable, Hashable {
    /// Addresses in one object at most; what exceeds it is cut and marked.
    static let addressesMax = 1000

    let subsets: JSONValue
    let isTruncated: Bool

    init(_ endpoints: [ServiceEndpoint]) {
        // Pods on their way out are not listed; clients of this form can't tell them apart.
        let shown = endpoints.filter { !$0.isTerminating }
            .sorted { ($0.isReady ? 0 : 1, $0.address, $0.podUID) < ($1.isReady ? 0 : 1, $1.address, $1.podUID) }
        isTruncated = shown.count > Self.addressesMax
        let groups = Dictionary(grouping: shown.prefix(Self.addressesMax), by: \.ports)
        let ordered = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        subsets = .array(
            ordered.map { ports, members in
                var subset = JSONValue.object(JSONObject())
                let ready = members.filter(\.isReady)
                let notReady = members.filter { !$0.isReady }
                if !ready.isEmpty { subset["addresses"] = .array(ready.map(\.addressJSON)) }
                if !notReady.isEmpty { subset["notReadyAddresses"] = .array(notReady.map(\.addressJSON)) }
                if !ports.isEmpty { subset["ports"] = .array(ports.map(\.subsetJSON)) }
                return subset
            })
    }
}
