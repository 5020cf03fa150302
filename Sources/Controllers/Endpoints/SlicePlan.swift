/// How the endpoints of a Service are spread over its slices: a pure function that moves as little as it can.
struct SlicePlan: Sendable, Hashable {
    /// Endpoints in one slice at most (the default of the Kubernetes controller).
    static let endpointsPerSliceMax = 100

    /// A slice as it stands.
    struct Slice: Sendable, Hashable {
        var name: String
        var ports: [EndpointPort]
        /// The uids of the pods in it, in order.
        var podUIDs: [String]
    }

    /// What a slice is to hold.
    struct Content: Sendable, Hashable {
        var ports: [EndpointPort]
        var endpoints: [ServiceEndpoint]
    }

    /// What existing slices are to hold, by name; those that stay as they are included.
    private(set) var updates: [String: Content] = [:]
    /// What new slices are to hold.
    private(set) var creates: [Content] = []
    /// Slices that are no longer needed.
    private(set) var deletes: [String] = []

    init(endpoints: [ServiceEndpoint], slices: [Slice]) {
        let groups = Dictionary(grouping: endpoints, by: \.ports)
        var free = slices.sorted { $0.name < $1.name }
        for (ports, members) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var own = free.filter { $0.ports == ports }
            free.removeAll { $0.ports == ports }
            fill(&own, ports: ports, with: members)
        }
        // A Service without endpoints keeps one empty slice, so that watchers see that it is known.
        if endpoints.isEmpty {
            if free.isEmpty {
                creates.append(Content(ports: [], endpoints: []))
            } else {
                let kept = free.removeFirst()
                updates[kept.name] = Content(ports: kept.ports, endpoints: [])
            }
        }
        deletes += free.map(\.name)
    }

    /// Keeps each endpoint in its slice, fills free places, and makes slices for the rest.
    private mutating func fill(_ slices: inout [Slice], ports: [EndpointPort], with members: [ServiceEndpoint]) {
        var waiting = Dictionary(members.map { ($0.podUID, $0) }) { first, _ in first }
        var contents = slices.map { slice in
            slice.podUIDs.compactMap { waiting.removeValue(forKey: $0) }
        }
        var rest = waiting.values.sorted { ($0.podName, $0.podUID) < ($1.podName, $1.podUID) }[...]
        for index in contents.indices {
            let room = Self.endpointsPerSliceMax - contents[index].count
            contents[index] += rest.prefix(max(0, room))
            rest = rest.dropFirst(max(0, room))
        }
        for (slice, content) in zip(slices, contents) {
            if content.isEmpty {
                deletes.append(slice.name)
            } else {
                updates[slice.name] = Content(ports: ports, endpoints: content)
            }
        }
        while !rest.isEmpty {
            creates.append(Content(ports: ports, endpoints: Array(rest.prefix(Self.endpointsPerSliceMax))))
            rest = rest.dropFirst(Self.endpointsPerSliceMax)
        }
    }
}
