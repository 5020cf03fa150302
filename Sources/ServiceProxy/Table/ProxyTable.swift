import NFTables

/// What the kernel has to change: elements to delete, then elements to add.
struct TableChange: Hashable, Sendable {
    /// One slot of one address.
    struct SlotKey: Hashable, Sendable {
        let frontend: Frontend
        let slot: UInt32
    }

    var deletedServices: [Frontend] = []
    var addedServices: [Frontend: Identifier] = [:]
    var deletedSlots: [SlotKey] = []
    var addedSlots: [SlotKey: Backend] = [:]
    var deletedRefusals: [Frontend] = []
    var addedRefusals: [Frontend] = []
    var deletedHairpins: [IPv4Address] = []
    var addedHairpins: [IPv4Address] = []
    /// UDP flows to forget once the change stands: an endpoint that is gone still has its clients otherwise, because
    /// a flow without an end is only forgotten when it is silent.
    var staleFlows: Set<StaleFlow> = []

    /// Whether the kernel need not be asked.
    var isEmpty: Bool {
        deletedServices.isEmpty && addedServices.isEmpty && deletedSlots.isEmpty && addedSlots.isEmpty
            && deletedRefusals.isEmpty && addedRefusals.isEmpty && deletedHairpins.isEmpty && addedHairpins.isEmpty
    }

    /// How many elements change.
    var elementCount: Int {
        deletedServices.count + addedServices.count + deletedSlots.count + addedSlots.count + deletedRefusals.count
            + addedRefusals.count + deletedHairpins.count + addedHairpins.count
    }
}

/// Connections from clients of an address to an endpoint that no longer serves it.
struct StaleFlow: Hashable, Sendable {
    let frontend: Frontend
    let backend: Backend
}

/// All Services' traffic as the kernel holds it. A pure value: updating it tells what has to change.
struct ProxyTable: Sendable {
    /// The slots of every address.
    private(set) var plans: [Frontend: SlotPlan] = [:]
    private var owners: [Frontend: ServiceKey] = [:]
    private var services: [ServiceKey: ServiceTraffic] = [:]
    private var hairpins: [IPv4Address: Int] = [:]
    /// Services that want an address of another one.
    private var losers: Set<ServiceKey> = []

    /// The Services with traffic.
    var serviceKeys: Set<ServiceKey> { Set(services.keys) }

    /// The Service that an address belongs to.
    func owner(of frontend: Frontend) -> ServiceKey? { owners[frontend] }

    /// The traffic of a Service as it stands.
    func traffic(of key: ServiceKey) -> ServiceTraffic? { services[key] }

    /// The change that makes an empty data plane hold all of this.
    var everything: TableChange {
        var change = TableChange()
        for (frontend, plan) in plans {
            guard let chain = plan.chain else {
                change.addedRefusals.append(frontend)
                continue
            }
            change.addedServices[frontend] = chain
            for (slot, backend) in plan.slots.enumerated() {
                change.addedSlots[TableChange.SlotKey(frontend: frontend, slot: UInt32(slot))] = backend
            }
        }
        change.addedRefusals.sort()
        change.addedHairpins = hairpins.keys.sorted()
        return change
    }

    /// Replaces the traffic of some Services (nil removes one) and tells what follows.
    ///
    /// An address that belongs to another Service stays with that one; the other gets it when it is given up. All
    /// Services first give up what they no longer want, so that an address may change hands within one batch.
    mutating func update(_ batch: [ServiceKey: ServiceTraffic?]) -> TableChange {
        var change = TableChange()
        let keys = batch.keys.sorted()
        for key in keys {
            let traffic = batch[key] ?? nil
            giveUp(key, keeping: Set((traffic?.ports ?? []).flatMap(\.frontends)), change: &change)
            countHairpins(old: services[key], new: traffic, change: &change)
            services[key] = traffic
        }
        for key in keys { claim(key, change: &change) }
        for key in losers.subtracting(keys).sorted() { claim(key, change: &change) }
        return change
    }

    private mutating func giveUp(_ key: ServiceKey, keeping wanted: Set<Frontend>, change: inout TableChange) {
        let held = (services[key]?.ports ?? []).flatMap(\.frontends)
        for frontend in held where owners[frontend] == key && !wanted.contains(frontend) {
            set(.empty, isServed: false, for: frontend, change: &change)
            owners[frontend] = nil
        }
    }

    private mutating func claim(_ key: ServiceKey, change: inout TableChange) {
        losers.remove(key)
        for port in services[key]?.ports ?? [] {
            for frontend in port.frontends {
                guard owners[frontend] == nil || owners[frontend] == key else {
                    losers.insert(key)
                    continue
                }
                owners[frontend] = key
                let previous = plans[frontend]
                let plan = SlotPlan(
                    backends: port.backends, isSticky: port.isSticky, previous: previous ?? .empty)
                if plan != previous { set(plan, isServed: true, for: frontend, change: &change) }
            }
        }
    }

    private mutating func set(
        _ plan: SlotPlan,
        isServed: Bool,
        for frontend: Frontend,
        change: inout TableChange
    ) {
        let known = plans[frontend]
        let previous = known ?? .empty
        if previous.chain != plan.chain {
            if previous.chain != nil { change.deletedServices.append(frontend) }
            if let chain = plan.chain { change.addedServices[frontend] = chain }
        }
        for slot in 0..<max(previous.slots.count, plan.slots.count) {
            let old = slot < previous.slots.count ? previous.slots[slot] : nil
            let new = slot < plan.slots.count ? plan.slots[slot] : nil
            guard old != new else { continue }
            let key = TableChange.SlotKey(frontend: frontend, slot: UInt32(slot))
            if old != nil { change.deletedSlots.append(key) }
            if let new { change.addedSlots[key] = new }
        }
        let wasRefused = known != nil && previous.chain == nil
        let isRefused = isServed && plan.chain == nil
        if wasRefused && !isRefused { change.deletedRefusals.append(frontend) }
        if isRefused && !wasRefused { change.addedRefusals.append(frontend) }
        if frontend.transport == .udp {
            for gone in Set(previous.slots).subtracting(plan.slots) {
                change.staleFlows.insert(StaleFlow(frontend: frontend, backend: gone))
            }
        }
        plans[frontend] = isServed ? plan : nil
    }

    private mutating func countHairpins(old: ServiceTraffic?, new: ServiceTraffic?, change: inout TableChange) {
        let before = Self.backendAddresses(old)
        let after = Self.backendAddresses(new)
        for address in before.subtracting(after).sorted() {
            let count = hairpins[address, default: 1] - 1
            hairpins[address] = count == 0 ? nil : count
            if count == 0 { change.deletedHairpins.append(address) }
        }
        for address in after.subtracting(before).sorted() {
            let count = hairpins[address, default: 0] + 1
            hairpins[address] = count
            if count == 1 { change.addedHairpins.append(address) }
        }
    }

    private static func backendAddresses(_ traffic: ServiceTraffic?) -> Set<IPv4Address> {
        Set((traffic?.ports ?? []).lazy.flatMap(\.backends).map(\.address))
    }
}
