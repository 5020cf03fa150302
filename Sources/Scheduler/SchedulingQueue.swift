/// The pods without a node: those to be tried now, by priority, and those that wait for a change.
///
/// Holds at most the pods of the store. A value without time: whoever owns it says when something changed.
struct SchedulingQueue: Sendable {
    private struct Waiting {
        var pod: PodRequirements
        var message: String
    }

    /// Sorted so that the next pod is the last element.
    private var active: [PodRequirements] = []
    private var isSorted = true
    private var activeUIDs: Set<String> = []
    private var waiting: [String: Waiting] = [:]
    /// The last message told of a pod that was woken since.
    private var told: [String: String] = [:]

    /// How many pods are known.
    var count: Int { active.count + waiting.count }

    /// Takes in a pod that has no node; one that waits is tried again only when it asks for something else now.
    mutating func offer(_ pod: PodRequirements) {
        if activeUIDs.contains(pod.uid) {
            if let position = active.firstIndex(where: { $0.uid == pod.uid }) { active[position] = pod }
            isSorted = false
            return
        }
        if let known = waiting[pod.uid] {
            guard known.pod != pod else { return }
            waiting[pod.uid] = nil
            told[pod.uid] = known.message
        }
        activate(pod)
    }

    /// The pod to try next: highest priority, then oldest, then by name.
    mutating func next() -> PodRequirements? {
        if !isSorted {
            active.sort { Self.precedes($1, $0) }
            isSorted = true
        }
        guard let pod = active.popLast() else { return nil }
        activeUIDs.remove(pod.uid)
        return pod
    }

    /// Puts back a pod that found no place; returns whether the message differs from the one told last.
    mutating func wait(_ pod: PodRequirements, message: String) -> Bool {
        waiting[pod.uid] = Waiting(pod: pod, message: message)
        return told.removeValue(forKey: pod.uid) != message
    }

    /// Makes every waiting pod active, because something changed that could let it in.
    mutating func wakeAll() {
        for (uid, entry) in waiting {
            told[uid] = entry.message
            activate(entry.pod)
        }
        waiting.removeAll()
    }

    /// Forgets a pod.
    mutating func remove(uid: String) {
        waiting[uid] = nil
        told[uid] = nil
        if activeUIDs.remove(uid) != nil { active.removeAll { $0.uid == uid } }
    }

    private mutating func activate(_ pod: PodRequirements) {
        active.append(pod)
        activeUIDs.insert(pod.uid)
        isSorted = false
    }

    private static func precedes(_ left: PodRequirements, _ right: PodRequirements) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.createdNanoseconds != right.createdNanoseconds {
            return left.createdNanoseconds < right.createdNanoseconds
        }
        return (left.namespace, left.name, left.uid) < (right.namespace, right.name, right.uid)
    }
}
