import Document
import Effects
import EventBus
import Logging
import Synchronization

/// Writes core/v1 Event objects for an engine: what happened to an object, in words for people.
///
/// `record` never waits. `run` writes in batches; the same reason and message about the same object raises the
/// count of one Event. When writing falls `pendingLimit` behind, further events are dropped and counted in the log.
public final class EventRecorder: Sendable {
    /// Whether an event tells of the usual or of trouble.
    public enum Severity: String, Sendable, Hashable {
        /// The usual.
        case normal = "Normal"
        /// Trouble.
        case warning = "Warning"
    }

    /// Events waiting to be written at most.
    public static let pendingLimit = 4096
    /// Distinct events remembered for counting at most; all are forgotten when it is reached.
    public static let remembranceLimit = 4096

    private struct State {
        var pending: [Occurrence] = []
        var dropped = 0
    }

    private let store: ClusterStore
    private let component: String
    private let host: String
    private let effects: Effects
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// A recorder that signs as `component` (such as `kubelet`) on `host` (a node name, or empty).
    public init(store: ClusterStore, component: String, host: String = "", effects: Effects, logger: Logger) {
        self.store = store
        self.component = component
        self.host = host
        self.effects = effects
        self.logger = logger
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes that something happened to `object`; `fieldPath` names a part of it, such as a container.
    public func record(
        _ severity: Severity, reason: String, message: String, about object: EventReference, cause: Cause? = nil
    ) {
        let occurrence = Occurrence(
            key: EventKey(reference: object, severity: severity, reason: reason, message: message),
            time: effects.now, count: 1, cause: cause)
        state.withLock { state in
            if state.pending.count < Self.pendingLimit { state.pending.append(occurrence) } else { state.dropped += 1 }
        }
        wake.yield()
    }

    /// Writes until the task is cancelled.
    public func run() async {
        var written: [EventKey: String] = [:]
        for await _ in wakeUps {
            let (batch, dropped) = state.withLock { state in
                defer { state = State() }
                return (state.pending, state.dropped)
            }
            if dropped > 0 { logger.warning("events dropped", metadata: ["event.count": "\(dropped)"]) }
            if written.count > Self.remembranceLimit { written.removeAll() }
            await write(Self.merged(batch), remembering: &written)
        }
    }

    /// Writes everything recorded so far; for orderly ends and tests.
    public func flush() async {
        let batch = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        var written: [EventKey: String] = [:]
        await write(Self.merged(batch), remembering: &written)
    }

    /// Folds equal occurrences into one with their number, in the order of first occurrence.
    private static func merged(_ batch: [Occurrence]) -> [Occurrence] {
        var positions: [EventKey: Int] = [:]
        var merged: [Occurrence] = []
        for occurrence in batch {
            if let position = positions[occurrence.key] {
                merged[position].count += 1
                merged[position].time = occurrence.time
            } else {
                positions[occurrence.key] = merged.count
                merged.append(occurrence)
            }
        }
        return merged
    }

    /// Writes the batch side by side, so that the store makes one commit of it.
    private func write(_ batch: [Occurrence], remembering written: inout [EventKey: String]) async {
        let names = written
        let results = await withTaskGroup(of: (EventKey, String?).self) { group in
            for occurrence in batch {
                group.addTask { [self] in (occurrence.key, await write(occurrence, known: names[occurrence.key])) }
            }
            return await group.reduce(into: [(EventKey, String?)]()) { $0.append($1) }
        }
        for (key, name) in results { written[key] = name }
    }

    /// Raises the count of a known Event or creates a new one; returns its name, nil when that failed.
    private func write(_ occurrence: Occurrence, known name: String?) async -> String? {
        let namespace = occurrence.key.reference.eventNamespace
        let context = RequestContext.engine(component, cause: occurrence.cause)
        if let name {
            let key = ObjectKey(.events, namespace: namespace, name: name)
            let raised = try? await store.modify(key, context: context) { event in
                event["count"] = .integer((event["count"]?.intValue ?? 1) + Int64(occurrence.count))
                event["lastTimestamp"] = .string(occurrence.time.rfc3339)
            }
            if raised != nil { return name }
        }
        let fresh = "\(occurrence.key.reference.name).\(String(effects.random.next(), radix: 16))"
        let body = occurrence.object(name: fresh, component: component, host: host)
        do {
            _ = try await store.create(.events, namespace: namespace, body: ObjectBody(body), context: context)
            return fresh
        } catch {
            // An event about an object whose namespace is going away has no place to stay.
            logger.debug(
                "event not written", metadata: ["event.reason": "\(occurrence.key.reason)", "error": "\(error)"])
            return nil
        }
    }
}

/// What makes two events the same.
struct EventKey: Hashable, Sendable {
    let reference: EventReference
    let severity: EventRecorder.Severity
    let reason: String
    let message: String
}

/// An event to be written, with how often it was recorded.
struct Occurrence: Sendable {
    let key: EventKey
    var time: Timestamp
    var count: Int
    let cause: Cause?

    /// The core/v1 Event.
    func object(name: String, component: String, host: String) -> JSONValue {
        let time = JSONValue.string(time.rfc3339)
        var event: JSONValue = [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(key.reference.eventNamespace)],
            "involvedObject": key.reference.json,
            "reason": .string(key.reason), "message": .string(key.message), "type": .string(key.severity.rawValue),
            "source": ["component": .string(component)],
            "firstTimestamp": time, "lastTimestamp": time, "count": .integer(Int64(count)),
            "reportingComponent": .string(component), "reportingInstance": .string(host),
        ]
        if !host.isEmpty { event["source", "host"] = .string(host) }
        return event
    }
}
