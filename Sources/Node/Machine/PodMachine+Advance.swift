import Effects

extension PodMachine {
    /// What to do now. Everything returned is marked as under way, so that the next call does not return it again.
    mutating func advance(at now: Moment) -> [PodAction] {
        failPastDeadline(at: now)
        var actions: [PodAction] = []
        if termination != nil {
            actions += terminate(at: now)
        } else if isOver {
            actions += stopRemainder()
        } else {
            actions += prepare(at: now)
            actions += killUnhealthy()
            if volumes.product != nil, sandbox.product != nil { actions += launchNext(at: now) }
        }
        actions += startProbes(at: now)
        actions += notices.map(PodAction.tell)
        notices = []
        return actions
    }

    private mutating func failPastDeadline(at now: Moment) {
        guard let activeDeadline, now.uptime >= activeDeadline, verdict == nil, !isOver, termination == nil else {
            return
        }
        verdict = Verdict(
            reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline")
        tell("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
    }

    // MARK: - Coming up

    /// Volumes, sandbox and images are made side by side: none needs another, and together they are the start time.
    private mutating func prepare(at now: Moment) -> [PodAction] {
        var actions: [PodAction] = []
        if Self.isDue(volumes, at: now) {
            volumes = .inFlight
            actions.append(.makeVolumes)
        } else if volumes.product != nil, volumesAreStale || volumesRenewal.map({ now.uptime >= $0 }) == true {
            volumesAreStale = false
            volumesRenewal = nil
            actions.append(.refreshVolumes)
        }
        if Self.isDue(sandbox, at: now) {
            sandbox = .inFlight
            actions.append(.makeSandbox(attempt: sandboxAttempt))
        }
        for index in containers.indices where !containers[index].isComplete {
            switch containers[index].image {
            case .unknown: break
            case .failed(_, let retryAt) where now.uptime >= retryAt: break
            default: continue
            }
            containers[index].image = .ensuring
            actions.append(.ensureImage(container: containers[index].spec.name))
        }
        return actions
    }

    private static func isDue<Product>(_ step: Step<Product>, at now: Moment) -> Bool {
        switch step {
        case .pending: true
        case .failed(_, let retryAt): now.uptime >= retryAt
        case .inFlight, .done: false
        }
    }

    /// Starts what may start: one init container after the other, then all the others together.
    private mutating func launchNext(at now: Moment) -> [PodAction] {
        var actions: [PodAction] = []
        for index in containers.indices {
            let container = containers[index]
            if container.isComplete { continue }
            if let image = container.canLaunch(under: spec.restartPolicy, at: now.uptime) {
                actions.append(launch(index, image: image))
            }
            switch container.spec.role {
            case .initial: return actions + runHooks()
            case .sidecar where !container.isStarted && !hasLaunchedApps: return actions + runHooks()
            case .sidecar, .app: continue
            }
        }
        return actions + runHooks()
    }

    private var hasLaunchedApps: Bool {
        containers.contains { $0.spec.role == .app && ($0.hasStarted || $0.isActive) }
    }

    private mutating func launch(_ index: Int, image: PodImage) -> PodAction {
        if let ended = containers[index].ended {
            containers[index].olderEnd = containers[index].lastEnd
            containers[index].lastEnd = ended
            containers[index].restartCount += 1
        }
        containers[index].run = .launching
        return .launch(
            container: containers[index].spec.name, attempt: containers[index].restartCount, image: image)
    }

    private mutating func runHooks() -> [PodAction] {
        var actions: [PodAction] = []
        for index in containers.indices {
            guard case .running(let running) = containers[index].run, !running.postStartIsDone,
                !containers[index].postStartIsRunning
            else { continue }
            containers[index].postStartIsRunning = true
            actions.append(.postStart(container: containers[index].spec.name, id: running.id))
        }
        return actions
    }

    // MARK: - Health

    /// Stops containers whose startup or liveness probe has failed, or whose postStart hook has.
    private mutating func killUnhealthy() -> [PodAction] {
        var actions: [PodAction] = []
        for index in containers.indices {
            let container = containers[index]
            guard case .running = container.run, let complaint = Self.complaint(about: container) else { continue }
            let name = container.spec.name
            tell("Killing", "Container \(name) \(complaint.what), will be restarted", container: name)
            actions += stop(index, graceSeconds: complaint.graceSeconds ?? spec.graceSeconds)
        }
        return actions
    }

    private static func complaint(about container: ContainerMachine) -> (what: String, graceSeconds: Int?)? {
        if container.definitionChanged { return ("definition changed", nil) }
        if container.postStartFailed { return ("failed its postStart hook", nil) }
        if let startup = container.startup, startup.isSucceeding == false {
            return ("failed startup probe", startup.spec.graceSeconds)
        }
        if let liveness = container.liveness, liveness.isSucceeding == false {
            return ("failed liveness probe", liveness.spec.graceSeconds)
        }
        return nil
    }

    private mutating func startProbes(at now: Moment) -> [PodAction] {
        var actions: [PodAction] = []
        for index in containers.indices {
            guard let running = containers[index].current else { continue }
            let id = running.id
            if containers[index].listening?.beginIfDue(at: now.uptime) == true {
                actions.append(.checkListening(container: containers[index].spec.name, id: id, pid: running.pid))
            }
            for kind in containers[index].beginDueProbes(at: now.uptime, isTerminating: termination != nil) {
                actions.append(.probe(container: containers[index].spec.name, id: id, kind: kind))
            }
        }
        return actions
    }

    // MARK: - Going down

    /// Once the apps are over the sidecars end too, and with a verdict everything does.
    private mutating func stopRemainder() -> [PodAction] {
        containers.indices.flatMap { stop($0, graceSeconds: spec.graceSeconds) }
    }

    private mutating func terminate(at now: Moment) -> [PodAction] {
        guard let termination else { return [] }
        switch termination.stage {
        case .withdrawing:
            guard !withdrawalIsAsked else { return [] }
            withdrawalIsAsked = true
            return [.awaitWithdrawal]
        case .stopping: return stopInOrder(at: now)
        case .cleaning: return []
        case .retryingClean(let retryAt):
            guard now.uptime >= retryAt else { return [] }
            self.termination?.stage = .cleaning
            return [.clean]
        case .finished: return [.finish]
        }
    }

    /// Apps and init containers first, all together; then the sidecars, last started first; then the rest.
    private mutating func stopInOrder(at now: Moment) -> [PodAction] {
        let grace = remainingGrace(at: now)
        let others = containers.indices.filter { containers[$0].spec.role != .sidecar && containers[$0].isActive }
        if !others.isEmpty { return others.flatMap { stop($0, graceSeconds: grace) } }
        let sidecars = containers.indices.filter { containers[$0].spec.role == .sidecar && containers[$0].isActive }
        if let last = sidecars.last { return stop(last, graceSeconds: grace) }
        // A step under way would leave something behind after the cleaning; its answer comes first.
        if volumes == .inFlight || sandbox == .inFlight { return [] }
        termination?.stage = .cleaning
        return [.clean]
    }

    private func remainingGrace(at now: Moment) -> Int {
        guard let termination else { return spec.graceSeconds }
        if termination.graceSeconds == 0 { return 0 }
        // Rounded up: a moment spent on the way costs the container nothing.
        return max(1, Int((termination.deadline - now.uptime).inSeconds.rounded(.up)))
    }

    private mutating func stop(_ index: Int, graceSeconds: Int) -> [PodAction] {
        guard case .running(let running) = containers[index].run else { return [] }
        containers[index].run = .stopping(running)
        let name = containers[index].spec.name
        if termination != nil { tell("Killing", "Stopping container \(name)", container: name) }
        return [
            .stop(container: name, id: running.id, graceSeconds: graceSeconds, runsHook: graceSeconds > 0)
        ]
    }
}
