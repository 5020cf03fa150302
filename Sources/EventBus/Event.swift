import Effects

/// The place of an event in the log; grows by one with each event and goes on over restarts.
public struct EventID: Sendable, Hashable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The sequence number, from 1.
    public let rawValue: UInt64

    /// The event with that sequence number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Orders by publication.
    public static func < (left: EventID, right: EventID) -> Bool { left.rawValue < right.rawValue }

    /// The number, as `skiff events` prints it.
    public var description: String { String(rawValue) }
}

/// What an event follows from.
public enum Cause: Sendable, Hashable {
    /// An earlier event of this log.
    case event(EventID)
    /// Something from outside: a request with its id or a short description.
    case request(String)
}

/// One thing that happened. Events carry ids, digests and numbers only; whoever wants more asks the store.
public struct Event: Sendable, Hashable {
    /// Its place in the log.
    public let id: EventID
    /// When it was published.
    public let time: Timestamp
    /// Who published it.
    public let module: Module
    /// What it is about.
    public let subject: Subject
    /// What it follows from; nil when it began here.
    public let cause: Cause?
    /// What happened.
    public let payload: EventPayload
}

/// The rooms that publish.
public enum Module: String, Sendable, Hashable, CaseIterable {
    /// The image store.
    case images
    /// The volume store.
    case volumes
    /// The store of Kubernetes objects.
    case cluster
    /// The Dockerfile builder.
    case builder
    /// The OCI registry.
    case registry
    /// The container runtime.
    case runtime
    /// The pod scheduler.
    case scheduler
    /// The reconcilers.
    case controllers
    /// The node agent.
    case node
    /// Bridges, addresses and DNS.
    case networking
    /// Service traffic.
    case serviceProxy
    /// The Kubernetes API.
    case kubernetesAPI
    /// The Docker Engine API.
    case dockerAPI
    /// The composition root.
    case platform
}
