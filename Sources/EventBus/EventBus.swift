import Effects
import Synchronization

/// An in-memory log of events that everyone reads with a cursor of their own.
///
/// Publishing appends and wakes; it never waits for a subscriber. The log keeps the newest `capacity` events;
/// a subscriber that falls behind them is told how many it missed and must read the store again.
public final class EventBus: Sendable {
    /// How many events the log keeps by default.
    public static let defaultCapacity = 16_384

    private struct State {
        var ring: [Event?]
        var next: UInt64
        var oldest: UInt64
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        let subscriber: Int
        let families: UInt16
        let continuation: CheckedContinuation<Void, Never>
    }

    private let effects: Effects
    private let mask: UInt64
    private let state: Mutex<State>
    private let subscriberCount = Atomic<Int>(0)

    /// An empty log whose first event will be `firstID`; `capacity` is rounded up to a power of two.
    public init(effects: Effects, capacity: Int = EventBus.defaultCapacity, firstID: EventID = EventID(rawValue: 1)) {
        self.effects = effects
        var slots = 1
        while slots < capacity { slots *= 2 }
        mask = UInt64(slots - 1)
        state = Mutex(
            State(ring: Array(repeating: nil, count: slots), next: firstID.rawValue, oldest: firstID.rawValue)
        )
    }

    /// Appends an event and wakes the subscribers that wait for its family. Never blocks on them.
    @discardableResult
    public func publish(
        _ payload: EventPayload,
        subject: Subject,
        module: Module,
        cause: Cause? = nil
    ) -> EventID {
        let now = effects.now
        let bit = payload.family.bit
        let (id, woken) = state.withLock { state -> (EventID, [Waiter]) in
            let id = EventID(rawValue: state.next)
            state.ring[Int(id.rawValue & mask)] = Event(
                id: id,
                time: now,
                module: module,
                subject: subject,
                cause: cause,
                payload: payload
            )
            state.next += 1
            if state.next - state.oldest > mask + 1 { state.oldest += 1 }
            guard !state.waiters.isEmpty else { return (id, []) }
            let woken = state.waiters.filter { $0.families & bit != 0 }
            if !woken.isEmpty { state.waiters.removeAll { $0.families & bit != 0 } }
            return (id, woken)
        }
        for waiter in woken { waiter.continuation.resume() }
        return id
    }

    /// A cursor that begins with the next event of `families`; `name` says whose it is in diagnostics.
    public func subscribe(name: String, families: Set<EventFamily> = Set(EventFamily.allCases)) -> Subscription {
        let number = subscriberCount.add(1, ordering: .relaxed).newValue
        let bits = families.reduce(UInt16(0)) { $0 | $1.bit }
        return Subscription(bus: self, name: name, number: number, families: bits, cursor: nextID.rawValue)
    }

    /// The id that the next event will get.
    public var nextID: EventID { state.withLock { EventID(rawValue: $0.next) } }

    /// The event with that id, if the log still keeps it.
    public func event(_ id: EventID) -> Event? {
        state.withLock { state in
            guard id.rawValue >= state.oldest, id.rawValue < state.next else { return nil }
            return state.ring[Int(id.rawValue & mask)]
        }
    }

    // MARK: - For subscriptions

    /// Moves `cursor` on, appending up to `limit` events of `families` to `batch`; returns how many were missed.
    func read(_ cursor: inout UInt64, families: UInt16, limit: Int, into batch: inout [Event]) -> UInt64 {
        state.withLock { state in
            var missed: UInt64 = 0
            if cursor < state.oldest {
                missed = state.oldest - cursor
                cursor = state.oldest
            }
            while cursor < state.next, batch.count < limit {
                if let event = state.ring[Int(cursor & mask)], event.payload.family.bit & families != 0 {
                    batch.append(event)
                }
                cursor += 1
            }
            return missed
        }
    }

    /// Returns when there may be something at `cursor` for `families`, or when the task is cancelled.
    func wait(from cursor: UInt64, families: UInt16, subscriber: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state -> Bool in
                    if state.next > cursor || Task.isCancelled { return true }
                    let waiter = Waiter(subscriber: subscriber, families: families, continuation: continuation)
                    state.waiters.append(waiter)
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            let cancelled = state.withLock { state -> [Waiter] in
                let mine = state.waiters.filter { $0.subscriber == subscriber }
                state.waiters.removeAll { $0.subscriber == subscriber }
                return mine
            }
            for waiter in cancelled { waiter.continuation.resume() }
        }
    }
}

extension EventFamily {
    var bit: UInt16 { 1 << rawValue }
}
