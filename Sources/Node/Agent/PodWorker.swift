import Cluster
import Document
import Effects
import EventBus
import Logging
import Synchronization

/// Lives with one pod: feeds its machine, has its actions carried out, reports its status.
///
/// One task reads the mailbox, so that the machine moves step by step; actions run beside it. The mailbox holds at
/// most one answer per action under way plus what the agent sends, so it needs no limit of its own.
actor PodWorker {
    /// The pause before a status that could not be written is tried again.
    static let reportRetryDelay = Duration.seconds(1)

    /// An input, with the event it follows from when it came over the bus.
    private struct Letter: Sendable {
        var input: PodInput
        var cause: Cause?
    }

    nonisolated let key: ObjectKey
    nonisolated let uid: String
    private let context: NodeContext
    private let hands: PodOperator
    private let statusBuilder: PodStatusBuilder
    private let mailbox: AsyncStream<Letter>
    private nonisolated let post: AsyncStream<Letter>.Continuation
    private var machine: PodMachine
    private var reported: PodStatus?
    private var isReporting = false
    private var wasReady = false
    private var cause: Cause?
    private var timer: Task<Void, Never>?
    private var timerDeadline: Duration?

    init(machine: PodMachine, context: NodeContext, cause: Cause?) {
        key = ObjectKey(.pods, namespace: machine.spec.namespace, name: machine.spec.name)
        uid = machine.spec.uid
        self.machine = machine
        self.context = context
        self.cause = cause
        hands = PodOperator(context: context)
        statusBuilder = PodStatusBuilder(
            hostIP: context.configuration.internalAddress, runtimeName: context.runtime.identity.name)
        (mailbox, post) = AsyncStream.makeStream()
    }

    /// Passes an input to the machine; never waits.
    nonisolated func send(_ input: PodInput, cause: Cause? = nil) {
        post.yield(Letter(input: input, cause: cause))
    }

    /// The machine as it is now, for questions from outside.
    var state: PodMachine { machine }

    /// Lives until the pod is gone or the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            advance(in: &group)
            for await letter in mailbox {
                if let cause = letter.cause { self.cause = cause }
                let before = machine
                machine.handle(letter.input, at: Moment(context.effects))
                announce(letter.input, before: before)
                if advance(in: &group) { break }
            }
            timer?.cancel()
            group.cancelAll()
        }
        if machine.termination?.stage == .finished { await finish() }
    }

    /// Has everything done that the machine asks for; returns whether that was the last.
    @discardableResult
    private func advance(in group: inout DiscardingTaskGroup) -> Bool {
        let actions = machine.advance(at: Moment(context.effects))
        let snapshot = machine
        for action in actions {
            if case .tell(let notice) = action { hands.tell(notice, about: machine.spec) }
            group.addTask { [self, hands] in
                if let answer = await hands.perform(action, of: snapshot) { send(answer) }
            }
        }
        if actions.contains(.finish) { return true }
        armTimer()
        if !isReporting, currentStatus != reported {
            isReporting = true
            group.addTask { await self.report() }
        }
        return false
    }

    /// Wakes the machine at its next deadline.
    private func armTimer() {
        let deadline = machine.nextDeadline
        guard deadline != timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        guard let deadline else { return }
        let pause = deadline - context.effects.time.monotonic
        timer = Task { [time = context.effects.time] in
            do { try await time.sleep(for: pause) } catch { return }
            self.timerFired()
            self.send(.tick)
        }
    }

    private func timerFired() { timerDeadline = nil }

    // MARK: - Status

    private var currentStatus: PodStatus {
        let pod = machine.spec.readinessGates.isEmpty ? nil : context.store.get(key)
        var gates: [String: Bool] = [:]
        for gate in machine.spec.readinessGates {
            if let status = pod?.value.condition(gate)?.text("status") { gates[gate] = status == "True" }
        }
        return statusBuilder.status(of: machine, gates: gates)
    }

    /// Writes the status until the store has what the machine says.
    private func report() async {
        while currentStatus != reported, !Task.isCancelled {
            let status = currentStatus
            announceReadiness(status.isReady)
            if await write(status) {
                reported = status
            } else {
                try? await context.effects.time.sleep(for: Self.reportRetryDelay)
            }
        }
        isReporting = false
    }

    /// Writes a status; returns false when it should be tried again.
    private func write(_ status: PodStatus) async -> Bool {
        let now = context.effects.now
        let uid = uid
        do {
            _ = try await context.store.modify(
                key, subresource: .status, context: .engine("kubelet", cause: cause)
            ) { pod in
                guard pod.text("metadata", "uid") == uid else { return }
                status.apply(to: &pod, at: now)
            }
            return true
        } catch {
            // Removed by force; the agent will tell the machine to terminate.
            if error.code == .notFound { return true }
            context.logger.warning("failed to report pod status", metadata: ["pod": "\(key)", "error": "\(error)"])
            return false
        }
    }

    /// Reports the end and removes the object.
    private func finish() async {
        _ = await write(currentStatus)
        let event = publish(.gone(uid: uid))
        do {
            _ = try await context.store.delete(
                key, options: DeleteOptions(gracePeriodSeconds: 0, uid: uid),
                context: .engine("kubelet", cause: .event(event)))
        } catch {
            // It is gone already, or another pod has its name.
            if error.meansGone { return }
            context.logger.warning("failed to remove pod object", metadata: ["pod": "\(key)", "error": "\(error)"])
        }
    }

    // MARK: - Bus

    @discardableResult
    private func publish(_ event: PodEvent) -> EventID {
        let id = context.bus.publish(
            .pod(event), subject: .object("pods", namespace: key.namespace, name: key.name), module: .node,
            cause: cause)
        cause = .event(id)
        return id
    }

    /// Publishes what an input means for others.
    private func announce(_ input: PodInput, before: PodMachine) {
        switch input {
        case .sandboxReady(let sandbox):
            publish(.sandboxReady(uid: uid, address: sandbox.addresses.first ?? ""))
        case .imageReady:
            let isComplete = machine.containers.allSatisfy { if case .ready = $0.image { true } else { false } }
            if isComplete { publish(.imagesReady(uid: uid)) }
        case .probed(let name, _, let kind, let failure):
            let old = before.container(named: name)?.verdict(of: kind)
            guard machine.container(named: name)?.verdict(of: kind) != old else { return }
            publish(.probed(uid: uid, container: name, probe: kind.rawValue, succeeded: failure == nil))
        case .terminate:
            if before.termination == nil { publish(.terminating(uid: uid)) }
        default: return
        }
    }

    private func announceReadiness(_ isReady: Bool) {
        guard isReady != wasReady else { return }
        wasReady = isReady
        publish(isReady ? .ready(uid: uid) : .notReady(uid: uid))
    }
}
