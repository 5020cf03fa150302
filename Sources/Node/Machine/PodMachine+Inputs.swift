import Effects

extension PodMachine {
    /// Takes in what happened. Inputs about runs that are over are ignored.
    mutating func handle(_ input: PodInput, at now: Moment) {
        switch input {
        case .volumesReady(let renewAfter):
            volumes = .done(Done())
            volumesRenewal = renewAfter.map { now.uptime + $0 }
            volumeBackOff.reset()
        case .volumesFailed(let message):
            let retryAt = now.uptime + volumeBackOff.pause()
            // A refresh that failed leaves the old files in place and the pod running.
            if volumes.product == nil { volumes = .failed(message, retryAt: retryAt) } else { volumesRenewal = retryAt }
            tell("FailedMount", message, isWarning: true)
        case .sandboxReady(let made): sandbox = .done(made)
        case .sandboxFailed(let message):
            sandbox = .failed(message, retryAt: now.uptime + sandboxBackOff.pause())
            sandboxAttempt += 1
            tell("FailedCreatePodSandBox", "Failed to create pod sandbox: \(message)", isWarning: true)
        case .imageReady(let name, let image, let seconds): noteImage(name, image, seconds: seconds)
        case .imageFailed(let name, let kind, let message): noteImageFailure(name, kind, message, at: now)
        case .launched(let name, let id, let start): noteLaunch(name, id: id, start, at: now)
        case .launchFailed(let name, let step, let message): noteLaunchFailure(name, step, message, at: now)
        case .postStarted(let name, let id, let failure): notePostStart(name, id: id, failure: failure)
        case .exited(let exit, let message): noteExit(exit, message: message, at: now)
        case .probed(let name, let id, let kind, let failure): noteProbe(name, id: id, kind, failure: failure, at: now)
        case .listened(let name, let id, let isListening):
            edit(name) { container in
                guard container.current?.id == id else { return }
                if container.listening?.finish(isListening: isListening, at: now.uptime) == true {
                    container.listening = nil
                }
            }
        case .terminate(let graceSeconds): noteTermination(graceSeconds: graceSeconds, at: now)
        case .withdrawn:
            if termination?.stage == .withdrawing { termination?.stage = .stopping }
        case .cleaned: termination?.stage = .finished
        case .cleaningFailed(let message):
            termination?.stage = .retryingClean(at: now.uptime + cleanBackOff.pause())
            tell("FailedKillPod", message, isWarning: true)
        case .specChanged(let changed): noteSpec(changed)
        case .dependencyChanged:
            volumesAreStale = true
            forgetPauses()
        case .tick: break
        }
    }

    private mutating func edit(_ name: String, _ change: (inout ContainerMachine) -> Void) {
        guard let index = containers.firstIndex(where: { $0.spec.name == name }) else { return }
        change(&containers[index])
    }

    // MARK: - Images

    private mutating func noteImage(_ name: String, _ image: PodImage, seconds: Double) {
        edit(name) { container in
            container.image = .ready(image)
            container.pulls.reset()
        }
        let milliseconds = Int(seconds * 1000)
        let message =
            image.wasPulled
            ? "Successfully pulled image \"\(image.reference)\" in \(milliseconds)ms. Image size: \(image.sizeBytes) bytes."
            : "Container image \"\(image.reference)\" already present on machine"
        tell("Pulled", message, container: name)
    }

    private mutating func noteImageFailure(
        _ name: String, _ kind: PodRuntimeError.Kind, _ message: String, at now: Moment
    ) {
        guard let spec = container(named: name)?.spec else { return }
        let reason: String
        switch kind {
        case .invalidImageName: reason = "InvalidImageName"
        case .imageNeverPull: reason = "ErrImageNeverPull"
        default: reason = "ErrImagePull"
        }
        edit(name) { container in
            let pause = container.pulls.pause()
            container.image = .failed(.init(reason: reason, message: message), retryAt: now.uptime + pause)
        }
        tell("Failed", "Failed to pull image \"\(spec.image)\": \(message)", container: name, isWarning: true)
        tell("Failed", "Error: \(reason)", container: name, isWarning: true)
    }

    // MARK: - Runs

    private mutating func noteLaunch(_ name: String, id: String, _ start: PodContainerStart, at now: Moment) {
        edit(name) { container in
            guard case .ready(let image) = container.image else { return }
            container.begin(
                .init(
                    id: id, pid: start.pid, image: image, startedAt: start.startedAt, startedUptime: now.uptime,
                    postStartIsDone: container.spec.postStart == nil))
        }
        tell("Created", "Created container: \(name)", container: name)
        tell("Started", "Started container \(name)", container: name)
        if let early = earlyExits.removeValue(forKey: id) { noteExit(early.exit, message: early.message, at: now) }
    }

    /// Takes over what may change in a running pod: images, metadata and the deadline.
    private mutating func noteSpec(_ changed: PodSpec) {
        guard changed != spec else { return }
        if changed.labels != spec.labels || changed.annotations != spec.annotations { volumesAreStale = true }
        for (index, fresh) in changed.allContainers.enumerated() where index < containers.count {
            guard containers[index].spec.name == fresh.name, containers[index].spec.image != fresh.image else {
                continue
            }
            containers[index].spec = fresh
            containers[index].image = .unknown
            containers[index].definitionChanged = containers[index].current != nil
        }
        spec = changed
    }

    private mutating func noteLaunchFailure(_ name: String, _ step: LaunchStep, _ message: String, at now: Moment) {
        let policy = spec.restartPolicy
        edit(name) { container in
            container.launchFailure = .init(reason: step.reason, message: message)
            if step == .start {
                // The run began and ended: the restart policy decides, as after any other end.
                let ended = ContainerMachine.Ended(
                    id: "", exitCode: 128, reason: "StartError", message: message, startedAt: .epoch,
                    finishedAt: now.wall)
                container.hasStarted = true
                container.finish(ended, under: policy, at: now.uptime)
            } else {
                container.run = container.lastEnd.map(ContainerMachine.Run.ended) ?? .idle
                container.startNotBefore = now.uptime + container.launches.pause()
            }
        }
        tell("Failed", "Error: \(message)", container: name, isWarning: true)
    }

    private mutating func notePostStart(_ name: String, id: String, failure: String?) {
        edit(name) { container in
            guard case .running(var running) = container.run, running.id == id else { return }
            running.postStartIsDone = failure == nil
            container.run = .running(running)
            container.postStartFailed = failure != nil
        }
        guard let failure else { return }
        tell("FailedPostStartHook", "PostStartHook failed: \(failure)", container: name, isWarning: true)
    }

    private mutating func noteExit(_ exit: PodContainerExit, message: String, at now: Moment) {
        guard let index = containers.firstIndex(where: { $0.current?.id == exit.containerID }),
            let running = containers[index].current
        else {
            let isAwaited = containers.contains { $0.run == .launching }
            if isAwaited, earlyExits.count < Self.earlyExitsMax {
                earlyExits[exit.containerID] = EarlyExit(exit: exit, message: message)
            }
            return
        }
        let reason = exit.outOfMemory ? "OOMKilled" : exit.exitCode == 0 ? "Completed" : "Error"
        let ended = ContainerMachine.Ended(
            id: running.id, exitCode: exit.exitCode, reason: reason, message: message, startedAt: running.startedAt,
            finishedAt: exit.finishedAt)
        containers[index].finish(ended, under: spec.restartPolicy, at: now.uptime)
        guard containers[index].isBackingOff, termination == nil, !isOver else { return }
        let name = containers[index].spec.name
        tell(
            "BackOff",
            "Back-off restarting failed container \(name) in pod \(spec.name)_\(spec.namespace)(\(spec.uid))",
            container: name, isWarning: true)
    }

    // MARK: - Probes

    private mutating func noteProbe(
        _ name: String, id: String, _ kind: ProbeKind, failure: String?, at now: Moment
    ) {
        guard let index = containers.firstIndex(where: { $0.current?.id == id && $0.spec.name == name }) else { return }
        _ = containers[index].noteProbe(kind, succeeded: failure == nil, at: now.uptime)
        guard let failure else { return }
        tell(
            "Unhealthy", "\(kind.rawValue.capitalizedFirst) probe failed: \(failure)", container: name, isWarning: true)
    }

    // MARK: - Termination

    private mutating func noteTermination(graceSeconds: Int, at now: Moment) {
        let deadline = now.uptime + .seconds(graceSeconds)
        if let running = termination {
            // A later deletion may only shorten the grace; the containers are then told again.
            guard deadline < running.deadline else { return }
            termination?.graceSeconds = graceSeconds
            termination?.deadline = deadline
            for index in containers.indices {
                if case .stopping(let current) = containers[index].run { containers[index].run = .running(current) }
            }
            return
        }
        let hasRun = containers.contains { $0.isActive }
        termination = Termination(
            graceSeconds: graceSeconds, deadline: deadline, stage: hasRun ? .withdrawing : .stopping)
    }

    /// Makes everything that waits after a failure due at once.
    private mutating func forgetPauses() {
        if case .failed = volumes { volumes = .pending }
        for index in containers.indices where containers[index].launchFailure?.reason == LaunchStep.configuration.reason
        {
            containers[index].startNotBefore = nil
        }
    }
}

extension String {
    /// The text with its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
