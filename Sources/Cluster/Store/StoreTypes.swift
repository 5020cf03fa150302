import Document
import EventBus

/// The subresources that the API knows; the store itself handles status, scale, binding, eviction and finalize.
public enum Subresource: String, Sendable, Hashable, CaseIterable {
    /// The observed state, written by engines.
    case status
    /// `autoscaling/v1` Scale.
    case scale
    /// Assigns a pod to a node.
    case binding
    /// Deletes a pod politely.
    case eviction
    /// Issues service account tokens.
    case token
    /// Container output.
    case log
    /// Runs a command.
    case exec
    /// Joins a container's streams.
    case attach
    /// Forwards ports.
    case portForward = "portforward"
    /// Forwards HTTP.
    case proxy
    /// Debug containers.
    case ephemeralContainers = "ephemeralcontainers"
    /// Changes cpu and memory in place.
    case resize
    /// Removes a namespace's own finalizers.
    case finalize
}

/// What a write did.
public struct WriteResult: Sendable {
    /// The object as it is now, or would be in a dry run.
    public let object: StoredObject
    /// Whether the object is new.
    public let created: Bool
    /// Whether anything was stored; false when nothing changed and in dry runs.
    public let changed: Bool
    /// Warnings for the client, one per `Warning` header.
    public let warnings: [String]
    /// The commit's event; `nil` when nothing was stored.
    public let event: EventID?
}

/// What a deletion did.
public enum DeleteResult: Sendable {
    /// The object is gone; this is its last state.
    case removed(StoredObject)
    /// Deletion has begun; grace or finalizers hold the object.
    case marked(StoredObject)

    /// The last state of the object.
    public var object: StoredObject {
        switch self {
        case .removed(let object), .marked(let object): object
        }
    }
}

/// How dependents of a deleted object fare.
public enum PropagationPolicy: String, Sendable, Hashable {
    /// They stay, without their owner reference.
    case orphan = "Orphan"
    /// The object goes, the garbage collector follows.
    case background = "Background"
    /// The dependents go first.
    case foreground = "Foreground"
}

/// `meta/v1` DeleteOptions.
public struct DeleteOptions: Sendable, Hashable {
    /// Seconds until a pod is killed; `nil` is the object's own default, 0 removes at once.
    public var gracePeriodSeconds: Int64?
    /// How dependents fare; `nil` is the kind's default.
    public var propagationPolicy: PropagationPolicy?
    /// The uid the object must have.
    public var uid: String?
    /// The resourceVersion the object must have.
    public var resourceVersion: String?

    /// Makes options; all may be left out.
    public init(
        gracePeriodSeconds: Int64? = nil,
        propagationPolicy: PropagationPolicy? = nil,
        uid: String? = nil,
        resourceVersion: String? = nil
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagationPolicy = propagationPolicy
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    /// Reads the JSON form (`dryRun` belongs to the request context and is skipped).
    public init(_ body: JSONValue) throws(ClusterError) {
        gracePeriodSeconds = body["gracePeriodSeconds"]?.intValue
        if let seconds = gracePeriodSeconds, seconds < 0 {
            throw .badRequest("gracePeriodSeconds must not be negative, found \(seconds)")
        }
        if let policy = body["propagationPolicy"]?.stringValue {
            guard let known = PropagationPolicy(rawValue: policy) else {
                throw .badRequest("propagationPolicy must be Orphan, Background or Foreground, found \"\(policy)\"")
            }
            propagationPolicy = known
        } else if let orphan = body["orphanDependents"]?.boolValue {
            propagationPolicy = orphan ? .orphan : .background
        }
        uid = body["preconditions"]?["uid"]?.stringValue
        resourceVersion = body["preconditions"]?["resourceVersion"]?.stringValue
    }
}

/// A patch in one of the four forms.
public enum Patch: Sendable {
    /// `application/json-patch+json`, RFC 6902.
    case json(JSONValue)
    /// `application/merge-patch+json`, RFC 7386.
    case merge(JSONValue)
    /// `application/strategic-merge-patch+json`.
    case strategic(JSONValue)
    /// `application/apply-patch+yaml`, server-side apply.
    case apply(ObjectBody)
}
