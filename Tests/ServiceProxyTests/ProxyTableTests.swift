import Effects
import NFTables
import Testing

@testable import ServiceProxy

/// What a kernel would hold after some changes; refuses what a kernel refuses.
private struct ModelKernel: Equatable {
    var services: [Frontend: Identifier] = [:]
    var slots: [TableChange.SlotKey: Backend] = [:]
    var refused: Set<Frontend> = []
    var hairpins: Set<IPv4Address> = []

    struct Refusal: Error { let what: String }

    mutating func apply(_ change: TableChange) throws {
        for key in change.deletedServices { try expect(services.removeValue(forKey: key) != nil, "service \(key)") }
        for key in change.deletedSlots { try expect(slots.removeValue(forKey: key) != nil, "slot \(key)") }
        for key in change.deletedRefusals { try expect(refused.remove(key) != nil, "refusal \(key)") }
        for key in change.deletedHairpins { try expect(hairpins.remove(key) != nil, "hairpin \(key)") }
        for (key, chain) in change.addedServices {
            try expect(services.updateValue(chain, forKey: key) == nil, "service \(key) again")
        }
        for (key, backend) in change.addedSlots {
            try expect(slots.updateValue(backend, forKey: key) == nil, "slot \(key) again")
        }
        for key in change.addedRefusals { try expect(refused.insert(key).inserted, "refusal \(key) again") }
        for key in change.addedHairpins { try expect(hairpins.insert(key).inserted, "hairpin \(key) again") }
    }

    private func expect(_ holds: Bool, _ what: String) throws {
        if !holds { throw Refusal(what: what) }
    }
}

@Suite struct ProxyTableTests {
    private let key = ServiceKey(namespace: "default", name: "web")

    private func frontend(_ last: UInt8, _ transport: TransportProtocol = .tcp) -> Frontend {
        Frontend(IPv4Address(10, 2, 0, last), transport, 80)
    }

    private func backend(_ last: Int) -> Backend { Backend(IPv4Address(raw: 0x0A01_0000 + UInt32(last)), 8080) }

    private func traffic(
        _ frontends: [Frontend], _ backends: [Int], key: ServiceKey? = nil, isSticky: Bool = false
    ) -> ServiceTraffic {
        ServiceTraffic(
            key: key ?? self.key,
            ports: [
                PortTraffic(name: "", frontends: frontends, backends: backends.map(backend), isSticky: isSticky)
            ])
    }

    @Test func aNewServiceGetsItsElements() {
        var table = ProxyTable()
        let change = table.update([key: traffic([frontend(1)], [1, 2])])
        #expect(change.addedServices == [frontend(1): "balance-2"])
        #expect(change.addedSlots.count == 2)
        #expect(change.addedHairpins == [backend(1).address, backend(2).address])
        #expect(change.deletedServices.isEmpty && change.staleFlows.isEmpty)
    }

    @Test func theSameAgainChangesNothing() {
        var table = ProxyTable()
        _ = table.update([key: traffic([frontend(1)], [1, 2])])
        #expect(table.update([key: traffic([frontend(1)], [2, 1])]).isEmpty)
    }

    @Test func withoutEndpointsClientsAreRefused() {
        var table = ProxyTable()
        #expect(table.update([key: traffic([frontend(1)], [])]).addedRefusals == [frontend(1)])
        let change = table.update([key: traffic([frontend(1)], [1])])
        #expect(change.deletedRefusals == [frontend(1)])
        #expect(table.update([key: traffic([frontend(1)], [])]).addedRefusals == [frontend(1)])
        #expect(table.update([key: nil]).deletedRefusals == [frontend(1)])
    }

    @Test func oneEndpointLessChangesThreeElements() {
        var table = ProxyTable()
        _ = table.update([key: traffic([frontend(1)], Array(0..<50))])
        let change = table.update([key: traffic([frontend(1)], Array(0..<50).filter { $0 != 7 })])
        #expect(change.deletedServices == [frontend(1)])
        #expect(change.addedServices == [frontend(1): "balance-49"])
        #expect(change.deletedSlots.count == 2)
        #expect(change.addedSlots.count == 1)
        #expect(change.elementCount == 6)
    }

    @Test func onlyUDPFlowsGoStale() {
        var table = ProxyTable()
        _ = table.update([key: traffic([frontend(1), frontend(1, .udp)], [1, 2])])
        let change = table.update([key: traffic([frontend(1), frontend(1, .udp)], [2])])
        #expect(change.staleFlows == [StaleFlow(frontend: frontend(1, .udp), backend: backend(1))])
    }

    @Test func anAddressStaysWithItsOwnerUntilThatGivesItUp() throws {
        let other = ServiceKey(namespace: "default", name: "api")
        var table = ProxyTable()
        var kernel = ModelKernel()
        try kernel.apply(table.update([key: traffic([frontend(1)], [1])]))
        try kernel.apply(table.update([other: traffic([frontend(1)], [2], key: other)]))
        #expect(table.owner(of: frontend(1)) == key)
        try kernel.apply(table.update([key: nil]))
        #expect(table.owner(of: frontend(1)) == other)
        #expect(kernel.slots.values.map { $0 } == [backend(2)])
    }

    @Test func anAddressMayChangeHandsWithinOneBatch() throws {
        let other = ServiceKey(namespace: "default", name: "api")
        var table = ProxyTable()
        var kernel = ModelKernel()
        try kernel.apply(table.update([key: traffic([frontend(1)], [1])]))
        try kernel.apply(table.update([key: nil, other: traffic([frontend(1)], [1, 2], key: other)]))
        #expect(kernel.services == [frontend(1): "balance-2"])
    }

    /// Whatever happens, in whatever order, the elements that were added and deleted one by one are the ones that
    /// building everything anew would give, and no deletion ever misses.
    @Test(arguments: 1...6) func changesAddUpToTheWhole(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        func number(_ limit: UInt64) -> Int { Int(random.next() % limit) }
        var table = ProxyTable()
        var kernel = ModelKernel()
        let keys = (0..<6).map { ServiceKey(namespace: "n", name: "s\($0)") }
        for _ in 0..<60 {
            var batch: [ServiceKey: ServiceTraffic?] = [:]
            for _ in 0...number(3) {
                let key = keys[number(6)]
                let frontends = Set(
                    (0..<number(4)).map { _ in
                        frontend(UInt8(number(8)), number(2) == 0 ? .tcp : .udp)
                    }
                ).sorted()
                let count = number(20) == 0 ? number(100) : number(6)
                let backends = (0..<count).map { _ in number(120) }
                let new = traffic(frontends, backends, key: key, isSticky: number(4) == 0)
                batch[key] = .some(number(5) == 0 ? nil : new)
            }
            try kernel.apply(table.update(batch))
            var fresh = ModelKernel()
            try fresh.apply(table.everything)
            #expect(kernel == fresh)
        }
    }
}
