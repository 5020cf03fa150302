import NFTables
import Testing

@testable import ServiceProxy

@Suite struct SlotPlanTests {
    private func backends(_ range: Range<Int>) -> [Backend] {
        range.map { Backend(IPv4Address(raw: 0x0A00_0000 + UInt32($0)), 80) }
    }

    private func shares(_ plan: SlotPlan) -> [Backend: Int] {
        plan.slots.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test func upToSixtyFourEndpointsHaveOneSlotEach() {
        for count in [1, 2, 3, 7, 64] {
            let plan = SlotPlan(backends: backends(0..<count), isSticky: false)
            #expect(plan.chain?.description == "balance-\(count)")
            #expect(Set(plan.slots) == Set(backends(0..<count)))
            #expect(plan.slots.count == count)
        }
    }

    @Test(arguments: [65, 100, 300, 1024])
    func manyEndpointsShareAlmostEvenly(count: Int) {
        let shares = shares(SlotPlan(backends: backends(0..<count), isSticky: false))
        #expect(shares.count == count)
        let (least, most) = (shares.values.min() ?? 0, shares.values.max() ?? 0)
        #expect(most - least <= 1)
        #expect(least >= 7)
    }

    @Test func removingOneEndpointMovesOneSlot() {
        let before = SlotPlan(backends: backends(0..<10), isSticky: false)
        let left = backends(0..<10).filter { $0 != before.slots[3] }
        let after = SlotPlan(backends: left, isSticky: false, previous: before)
        let moved = (0..<9).filter { before.slots[$0] != after.slots[$0] }
        #expect(moved == [3])
        #expect(Set(after.slots) == Set(left))
    }

    @Test func addingOneEndpointMovesNothing() {
        let before = SlotPlan(backends: backends(0..<10), isSticky: false)
        let after = SlotPlan(backends: backends(0..<11), isSticky: false, previous: before)
        #expect(Array(after.slots.prefix(10)) == before.slots)
    }

    @Test func stickyClientsSeldomMove() {
        let before = SlotPlan(backends: backends(0..<9), isSticky: true)
        let after = SlotPlan(backends: backends(0..<10), isSticky: true)
        #expect(before.slots.count == 256)
        let moved = (0..<256).filter { before.slots[$0] != after.slots[$0] }
        // Only to the newcomer, and about a tenth of all.
        #expect(moved.allSatisfy { after.slots[$0] == backends(9..<10)[0] })
        #expect((10...50).contains(moved.count))
        #expect(shares(after).values.allSatisfy { (8...50).contains($0) })
    }

    @Test func noEndpointsMeanNoChain() {
        #expect(SlotPlan(backends: [], isSticky: true) == .empty)
    }

    @Test func everyChainThatIsUsedIsMade() {
        let made = Set(SlotPlan.allCounts.map { SlotPlan.chain(sticky: $0.isSticky, count: $0.count) })
        for count in [1, 5, 64, 65, 100, 128, 200, 500, 1000, 1024, 2000] {
            for isSticky in [false, true] {
                let plan = SlotPlan(backends: backends(0..<count), isSticky: isSticky)
                #expect(plan.chain.map(made.contains) == true, "\(count) \(isSticky)")
            }
        }
    }
}
