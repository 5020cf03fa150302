import Cluster
import Effects
import EventBus
import Logging

/// Runs one reconciler: feeds its queue and keeps several keys in work at a time.
actor ReconcileLoop {
    /// Keys of one controller in work at a time.
    static let turnsInFlightMax = 16

    nonisolated let reconciler: any Reconciler
    private let effects: Effects
    private let logger: Logger
    private var queue = ReconcileQueue()
    private var inFlight = 0
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private var timer: Task<Void, Never>?
    private var timerDeadline: Duration?

    init(_ reconciler: any Reconciler, effects: Effects, logger: Logger) {
        self.reconciler = reconciler
        self.effects = effects
        self.logger = logger
        (wakeUps, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds the keys that a change concerns.
    func note(_ change: ObservedChange, cause: Cause) {
        let keys = reconciler.keys(affectedBy: change)
        guard !keys.isEmpty else { return }
        for key in keys { queue.add(key, cause: cause) }
        wake.yield()
    }

    /// Adds every key there is.
    func resync() {
        for key in reconciler.allKeys() { queue.add(key, cause: nil) }
        wake.yield()
    }

    /// Whether nothing is in work or ready; keys that wait for a time do not count.
    var isIdle: Bool { inFlight == 0 && !queue.hasReady }

    /// Reconciles until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in wakeUps {
                queue.wake(at: effects.time.monotonic)
                while inFlight < Self.turnsInFlightMax, let (key, cause) = queue.next() {
                    inFlight += 1
                    group.addTask { await self.turn(key, cause: cause) }
                }
                armTimer()
            }
            timer?.cancel()
            group.cancelAll()
        }
    }

    private func turn(_ key: ObjectKey, cause: Cause?) async {
        do {
            let pause = try await reconciler.reconcile(key, cause: cause)
            queue.succeed(key, again: pause.map { effects.time.monotonic + $0 })
        } catch {
            logger.debug(
                "failed to reconcile",
                metadata: ["controller": "\(reconciler.name)", "key": "\(key)", "error": "\(error)"])
            queue.fail(key, at: effects.time.monotonic)
        }
        inFlight -= 1
        wake.yield()
    }

    /// Wakes the loop when the next waiting key is due.
    private func armTimer() {
        let deadline = queue.nextDeadline
        guard deadline != timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        guard let deadline else { return }
        let pause = deadline - effects.time.monotonic
        timer = Task { [time = effects.time] in
            do { try await time.sleep(for: pause) } catch { return }
            self.timerDeadline = nil
            self.wake.yield()
        }
    }
}
