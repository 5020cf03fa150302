/// What a subscriber receives.
public enum Delivery: Sendable, Hashable {
    /// The next event of its families.
    case event(Event)
    /// It fell behind: this many events (of any family) are lost to it. Read the store again, then go on.
    case overrun(missed: UInt64)
}

/// A cursor in the log. One task reads it; the sequence ends when that task is cancelled.
public struct Subscription: AsyncSequence, Sendable {
    /// The element of the sequence.
    public typealias Element = Delivery

    /// How many events one reading takes from the log at most.
    static let batchLimit = 256

    let bus: EventBus
    /// Whose cursor it is.
    public let name: String
    let number: Int
    let families: UInt16
    let cursor: UInt64

    /// Begins reading where the subscription was made, so that nothing published since is missed.
    public func makeAsyncIterator() -> Iterator {
        Iterator(bus: bus, number: number, families: families, cursor: cursor)
    }

    /// Reads the log event by event or in batches.
    public struct Iterator: AsyncIteratorProtocol {
        let bus: EventBus
        let number: Int
        let families: UInt16
        var cursor: UInt64
        var batch: [Event] = []
        var position = 0

        init(bus: EventBus, number: Int, families: UInt16, cursor: UInt64) {
            self.bus = bus
            self.number = number
            self.families = families
            self.cursor = cursor
            batch.reserveCapacity(Subscription.batchLimit)
        }

        /// All events that are there, at most a batch; suspends until there is one. What an overrun lost is left out.
        mutating func nextBatch() async -> [Event]? {
            while !Task.isCancelled {
                batch.removeAll(keepingCapacity: true)
                position = 0
                _ = bus.read(&cursor, families: families, limit: Subscription.batchLimit, into: &batch)
                if !batch.isEmpty {
                    defer { batch.removeAll(keepingCapacity: true) }
                    return batch
                }
                await bus.wait(from: cursor, families: families, subscriber: number)
            }
            return nil
        }

        /// The next delivery; suspends until there is one. Nil after cancellation.
        public mutating func next() async -> Delivery? {
            await next(isolation: #isolation)
        }

        /// The next delivery; suspends until there is one. Nil after cancellation.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Delivery? {
            while true {
                if position < batch.count {
                    position += 1
                    return .event(batch[position - 1])
                }
                if Task.isCancelled { return nil }
                batch.removeAll(keepingCapacity: true)
                position = 0
                let missed = bus.read(&cursor, families: families, limit: Subscription.batchLimit, into: &batch)
                if missed > 0 { return .overrun(missed: missed) }
                if batch.isEmpty { await bus.wait(from: cursor, families: families, subscriber: number) }
            }
        }
    }
}
