import NFTables

/// How the endpoints of one address are spread over the numbered slots that a packet's random number or its source's
/// hash chooses among. A pure value.
///
/// The number of slots stands in a rule, and rules are static: so there is one chain for each number of slots ever
/// used, and a Service moves to another chain by its element in the map of Services. Up to 64 endpoints have a slot
/// each: the balance is exact. More endpoints share slots of a power of two at least eight times their number, so the
/// share of any two differs by an eighth at most. Beyond `maximumBackends` the surplus gets no traffic.
struct SlotPlan: Hashable, Sendable {
    /// The largest number of endpoints with a slot of its own each.
    static let exactLimit = 64
    /// The slot counts for more endpoints.
    static let sharedCounts = [512, 1024, 2048, 4096, 8192]
    /// The slot counts for sticky Services: many, so that a client seldom moves when endpoints come and go.
    static let stickyCounts = [256, 4096]
    /// The most endpoints one address serves.
    static let maximumBackends = 1024

    /// The chain that chooses among the slots; nil without endpoints.
    let chain: Identifier?
    /// The endpoint in each slot.
    let slots: [Backend]

    /// No endpoints.
    static let empty = SlotPlan(chain: nil, slots: [])

    private init(chain: Identifier?, slots: [Backend]) {
        self.chain = chain
        self.slots = slots
    }

    /// Spreads `backends`, moving as few slots of `previous` as possible.
    init(backends: [Backend], isSticky: Bool, previous: SlotPlan = .empty) {
        let served = Array(backends.prefix(Self.maximumBackends))
        guard !served.isEmpty else {
            self = .empty
            return
        }
        if isSticky {
            let count = Self.stickyCounts.first { $0 >= served.count * 4 } ?? 4096
            self.init(chain: Self.chain(sticky: true, count: count), slots: Self.rendezvous(served, count: count))
        } else {
            let count = Self.count(for: served.count)
            self.init(
                chain: Self.chain(sticky: false, count: count),
                slots: Self.settled(served, count: count, previous: previous.slots)
            )
        }
    }

    private static func count(for backends: Int) -> Int {
        backends <= exactLimit ? backends : sharedCounts.first { $0 >= backends * 8 } ?? 8192
    }

    /// The chain for a number of slots.
    static func chain(sticky: Bool, count: Int) -> Identifier {
        // Letters, a hyphen and digits: always a plain name.
        (try? Identifier(validating: (sticky ? "sticky-" : "balance-") + String(count))) ?? "balance-1"
    }

    /// Every number of slots that a rule is needed for.
    static var allCounts: [(isSticky: Bool, count: Int)] {
        (1...exactLimit).map { (false, $0) } + sharedCounts.map { (false, $0) } + stickyCounts.map { (true, $0) }
    }

    /// Keeps who has a slot there already, as long as nobody gets more than a fair share, and fills the rest.
    private static func settled(_ backends: [Backend], count: Int, previous: [Backend]) -> [Backend] {
        let fairShare = (count + backends.count - 1) / backends.count
        var held = Dictionary(uniqueKeysWithValues: backends.map { ($0, 0) })
        var slots = [Backend?](repeating: nil, count: count)
        for index in 0..<min(count, previous.count) {
            let backend = previous[index]
            guard let holds = held[backend], holds < fairShare else { continue }
            held[backend] = holds + 1
            slots[index] = backend
        }
        // Those with the fewest slots first, so that the shares differ by one at most.
        var waiting = backends.flatMap { backend in
            (held[backend, default: 0]..<fairShare).map { (share: $0, backend: backend) }
        }.sorted { ($0.share, $0.backend) < ($1.share, $1.backend) }[...]
        return slots.map { slot in
            if let slot { return slot }
            return waiting.popFirst()?.backend ?? backends[0]
        }
    }

    /// The endpoint with the highest hash of itself and the slot's number: the same for the same endpoints in every
    /// process, and a new endpoint takes its slots evenly from all others.
    private static func rendezvous(_ backends: [Backend], count: Int) -> [Backend] {
        (0..<count).map { slot in
            let salt = mixed(UInt64(slot) &+ 0x9E37_79B9_7F4A_7C15)
            let best = backends.max { weight($0, salt) < weight($1, salt) }
            return best ?? backends[0]
        }
    }

    private static func weight(_ backend: Backend, _ salt: UInt64) -> UInt64 {
        mixed(UInt64(backend.address.raw) << 16 ^ UInt64(backend.port) ^ salt)
    }

    /// The finaliser of SplitMix64: neighbouring addresses must not get neighbouring weights.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
