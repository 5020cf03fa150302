import Testing

@testable import Controllers

@Suite struct GarbageDecisionTests {
    private func owner(_ uid: String, _ state: GarbageDecision.OwnerState) -> (
        reference: OwnerReference, state: GarbageDecision.OwnerState
    ) {
        (OwnerReference(apiVersion: "v1", kind: "ConfigMap", name: uid, uid: uid), state)
    }

    private func decide(
        _ owners: [(reference: OwnerReference, state: GarbageDecision.OwnerState)], deleting: Bool = false,
        blocking: Bool = false
    ) -> GarbageDecision.Action {
        GarbageDecision.dependent(owners: owners, isDeleting: deleting, hasBlockingDependents: blocking)
    }

    @Test func anObjectWithoutOwnersStays() { #expect(decide([]) == .keep) }

    @Test func anObjectWhoseOnlyOwnerIsGoneGoes() {
        #expect(decide([owner("a", .absent)]) == .delete(inForeground: false))
    }

    @Test func oneLivingOwnerKeepsItAndTheOthersAreForgotten() {
        #expect(decide([owner("a", .solid)]) == .keep)
        #expect(decide([owner("a", .solid), owner("b", .absent)]) == .dropReferences(["b"]))
        #expect(decide([owner("a", .solid), owner("b", .waitingForDependents)]) == .dropReferences(["b"]))
    }

    @Test func anOwnerInForegroundDeletionTakesItsDependentsAlong() {
        #expect(decide([owner("a", .waitingForDependents)]) == .delete(inForeground: false))
        #expect(decide([owner("a", .waitingForDependents)], blocking: true) == .delete(inForeground: true))
    }

    @Test func whatIsGoingAlreadyIsLeftToGo() { #expect(decide([owner("a", .absent)], deleting: true) == .keep) }

    @Test func theForegroundFinalizerGoesWithTheLastBlockingDependent() {
        let finalizers = [GarbageDecision.foregroundFinalizer]
        #expect(GarbageDecision.owner(finalizers: finalizers, isDeleting: true, blockingDependents: 1) == .keep)
        #expect(
            GarbageDecision.owner(finalizers: finalizers, isDeleting: true, blockingDependents: 0)
                == .releaseForeground)
        #expect(GarbageDecision.owner(finalizers: finalizers, isDeleting: false, blockingDependents: 0) == .keep)
    }

    @Test func theOrphanFinalizerFreesDependents() {
        #expect(
            GarbageDecision.owner(
                finalizers: [GarbageDecision.orphanFinalizer], isDeleting: true, blockingDependents: 2)
                == .orphanDependents)
    }
}
