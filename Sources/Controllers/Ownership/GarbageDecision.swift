/// What becomes of an object because of whom it belongs to: a pure function (garbage collection by owner reference).
struct GarbageDecision: Sendable, Hashable {
    /// Finalizer of an owner whose blocking dependents go first.
    static let foregroundFinalizer = "foregroundDeletion"
    /// Finalizer of an owner whose dependents stay.
    static let orphanFinalizer = "orphan"

    /// How an owner stands.
    enum OwnerState: Sendable, Hashable {
        /// There is no such object, or another one has its name.
        case absent
        /// It is there and stays.
        case solid
        /// It waits until its blocking dependents are gone.
        case waitingForDependents
    }

    /// What to do.
    enum Action: Sendable, Hashable {
        /// Nothing.
        case keep
        /// Delete the object in the background, or in the foreground when it has dependents of its own to take along.
        case delete(inForeground: Bool)
        /// Remove the references to owners that are gone; others keep the object.
        case dropReferences([String])
    }

    /// Decides for a dependent. `hasBlockingDependents` says whether something blocks the deletion of it itself.
    static func dependent(
        owners: [(reference: OwnerReference, state: OwnerState)], isDeleting: Bool, hasBlockingDependents: Bool
    ) -> Action {
        if owners.isEmpty || isDeleting { return .keep }
        let absent = owners.filter { $0.state == .absent }
        let waiting = owners.filter { $0.state == .waitingForDependents }
        if owners.contains(where: { $0.state == .solid }) {
            // One owner that stays is enough; the others are forgotten.
            let gone = (absent + waiting).map(\.reference.uid)
            return gone.isEmpty ? .keep : .dropReferences(gone)
        }
        if !waiting.isEmpty { return .delete(inForeground: hasBlockingDependents) }
        return .delete(inForeground: false)
    }

    /// What holds an owner that is being deleted.
    enum OwnerAction: Sendable, Hashable {
        /// Nothing to do now.
        case keep
        /// Take this owner's reference from its dependents, then remove the orphan finalizer.
        case orphanDependents
        /// Remove the foreground finalizer: nothing blocks any more.
        case releaseForeground
    }

    /// Decides for an owner that is being deleted.
    static func owner(finalizers: [String], isDeleting: Bool, blockingDependents: Int) -> OwnerAction {
        guard isDeleting else { return .keep }
        if finalizers.contains(orphanFinalizer) { return .orphanDependents }
        if finalizers.contains(foregroundFinalizer), blockingDependents == 0 { return .releaseForeground }
        return .keep
    }
}
