import Cluster
import Document
import Effects

/// What a namespace that is being deleted still holds, and what that means for its status: a pure function.
struct NamespaceContent: Sendable, Hashable {
    /// How many objects there are, by resource.
    var counts: [GroupResource: Int]
    /// How many objects wait for each finalizer.
    var finalizers: [String: Int]

    /// Whether nothing is left.
    var isEmpty: Bool { counts.values.allSatisfy { $0 == 0 } }

    /// Writes the conditions of a namespace in deletion (core/v1 NamespaceConditionType).
    func apply(to namespace: inout JSONValue, at now: Timestamp) {
        namespace["status", "phase"] = "Terminating"
        namespace.setCondition(
            "NamespaceDeletionContentFailure", isTrue: false, reason: "ContentDeleted",
            message: "All content successfully deleted, may be waiting on finalization", at: now)
        let left = counts.filter { $0.value > 0 }.map { "\($0.key). has \($0.value) resource instances" }.sorted()
        namespace.setCondition(
            "NamespaceContentRemaining", isTrue: !left.isEmpty,
            reason: left.isEmpty ? "ContentRemoved" : "SomeResourcesRemain",
            message: left.isEmpty
                ? "All content successfully removed"
                : "Some resources are remaining: \(left.joined(separator: ", "))", at: now)
        let held = finalizers.map { "\($0.key) in \($0.value) resource instances" }.sorted()
        namespace.setCondition(
            "NamespaceFinalizersRemaining", isTrue: !held.isEmpty,
            reason: held.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
            message: held.isEmpty
                ? "All content-preserving finalizers finished"
                : "Some content in the namespace has finalizers remaining: \(held.joined(separator: ", "))", at: now)
    }
}
