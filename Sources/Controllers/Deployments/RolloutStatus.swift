import Cluster
import Document
import Effects

/// What a Deployment's status says (apps/v1 DeploymentStatus): a pure function of its sets and its last status.
struct RolloutStatus: Sendable, Hashable {
    /// A condition with its times.
    struct Condition: Sendable, Hashable {
        var type: String
        var status: String
        var reason: String
        var message: String
        var updatedAt: Timestamp
        var changedAt: Timestamp

        init(
            type: String, status: String, reason: String, message: String, updatedAt: Timestamp,
            changedAt: Timestamp
        ) {
            self.type = type
            self.status = status
            self.reason = reason
            self.message = message
            self.updatedAt = updatedAt
            self.changedAt = changedAt
        }

        init(json: JSONValue) {
            self.init(
                type: json.text("type"), status: json.text("status"), reason: json.text("reason"),
                message: json.text("message"), updatedAt: json["lastUpdateTime"]?.timestampValue ?? .epoch,
                changedAt: json["lastTransitionTime"]?.timestampValue ?? .epoch)
        }

        var json: JSONValue {
            [
                "type": .string(type), "status": .string(status), "reason": .string(reason),
                "message": .string(message), "lastUpdateTime": .string(updatedAt.rfc3339),
                "lastTransitionTime": .string(changedAt.rfc3339),
            ]
        }
    }

    /// Counts of pods.
    struct Counts: Sendable, Hashable {
        var replicas = 0
        var updated = 0
        var ready = 0
        var available = 0
        /// Pods that the sets ask for, by which missing ones are counted.
        var wanted = 0

        init(sets: [ReplicaSetFacts], currentUID: String?) {
            wanted = sets.reduce(0) { $0 + $1.replicas }
            replicas = sets.reduce(0) { $0 + $1.actual }
            updated = sets.first { $0.uid == currentUID }?.actual ?? 0
            ready = sets.reduce(0) { $0 + $1.ready }
            available = sets.reduce(0) { $0 + $1.available }
        }

        init(json: JSONValue) {
            replicas = Int(json["replicas"]?.intValue ?? 0)
            updated = Int(json["updatedReplicas"]?.intValue ?? 0)
            ready = Int(json["readyReplicas"]?.intValue ?? 0)
            available = Int(json["availableReplicas"]?.intValue ?? 0)
        }
    }

    private(set) var counts: Counts
    private(set) var conditions: [Condition]

    /// The status after the sets were read; `note` is a reason of this very step, such as NewReplicaSetCreated.
    init(
        _ spec: DeploymentSpec, sets: [ReplicaSetFacts], current: ReplicaSetFacts?, last: JSONValue,
        note: (reason: String, message: String)? = nil, now: Timestamp
    ) {
        let before = Counts(json: last)
        counts = Counts(sets: sets, currentUID: current?.uid)
        conditions = last.items("conditions").map(Condition.init(json:))
        setAvailability(spec, now: now)
        if let note { set("Progressing", "True", note.reason, note.message, now: now, touches: true) }
        setProgress(spec, current: current, before: before, now: now)
        if let failure = current?.failure {
            set("ReplicaFailure", "True", "FailedCreate", failure, now: now)
        } else {
            conditions.removeAll { $0.type == "ReplicaFailure" }
        }
    }

    private mutating func setAvailability(_ spec: DeploymentSpec, now: Timestamp) {
        if counts.available >= spec.floor {
            set(
                "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now: now)
        } else {
            set(
                "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.",
                now: now)
        }
    }

    private mutating func setProgress(
        _ spec: DeploymentSpec, current: ReplicaSetFacts?, before: Counts, now: Timestamp
    ) {
        if spec.isPaused {
            if progress?.reason != "ProgressDeadlineExceeded" {
                set("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", now: now)
            }
            return
        }
        if progress?.reason == "DeploymentPaused" {
            set("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", now: now, touches: true)
        }
        guard let current, spec.progressDeadline != nil else { return }
        let isKnownComplete = counts.replicas == counts.updated && progress?.reason == "NewReplicaSetAvailable"
        if isKnownComplete { return }
        let name = "ReplicaSet \"\(current.name)\""
        if isComplete(spec) {
            set(
                "Progressing", "True", "NewReplicaSetAvailable", "\(name) has successfully progressed.", now: now,
                touches: true)
        } else if moved(from: before) {
            set("Progressing", "True", "ReplicaSetUpdated", "\(name) is progressing.", now: now, touches: true)
        } else if let due = deadline(spec), now >= due {
            set("Progressing", "False", "ProgressDeadlineExceeded", "\(name) has timed out progressing.", now: now)
        }
    }

    /// Whether every pod is of the present template and available.
    private func isComplete(_ spec: DeploymentSpec) -> Bool {
        counts.updated == spec.replicas && counts.replicas == spec.replicas && counts.available == spec.replicas
    }

    private func moved(from before: Counts) -> Bool {
        counts.updated > before.updated || counts.ready > before.ready || counts.available > before.available
            || counts.replicas - counts.updated < before.replicas - before.updated
    }

    private var progress: Condition? { conditions.first { $0.type == "Progressing" } }

    /// When the rollout counts as stuck; nil when it is complete, paused or has no deadline.
    func deadline(_ spec: DeploymentSpec) -> Timestamp? {
        guard let limit = spec.progressDeadline, let progress, !spec.isPaused, progress.status != "False",
            progress.reason != "NewReplicaSetAvailable"
        else { return nil }
        return progress.updatedAt + limit
    }

    private mutating func set(
        _ type: String, _ status: String, _ reason: String, _ message: String, now: Timestamp, touches: Bool = false
    ) {
        let old = conditions.first { $0.type == type }
        if let old, !touches, old.status == status, old.reason == reason, old.message == message { return }
        let fresh = Condition(
            type: type, status: status, reason: reason, message: message, updatedAt: now,
            changedAt: old.map { $0.status == status ? $0.changedAt : now } ?? now)
        if let position = conditions.firstIndex(where: { $0.type == type }) {
            conditions[position] = fresh
        } else {
            conditions.append(fresh)
        }
    }

    /// Writes it into a Deployment object.
    func apply(to deployment: inout JSONValue, generation: JSONValue?, collisions: Int) {
        let members = [
            ("replicas", counts.replicas), ("updatedReplicas", counts.updated), ("readyReplicas", counts.ready),
            ("availableReplicas", counts.available),
            ("unavailableReplicas", counts.wanted - counts.available),
            ("collisionCount", collisions),
        ]
        for (name, count) in members { deployment["status", name] = count <= 0 ? nil : .integer(Int64(count)) }
        deployment["status", "observedGeneration"] = generation
        deployment["status", "conditions"] = .array(conditions.map(\.json))
    }
}
