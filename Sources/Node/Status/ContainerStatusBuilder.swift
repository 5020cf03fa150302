import Document
import Effects

/// Words the status of one container (core/v1 ContainerStatus).
struct ContainerStatusBuilder: Sendable {
    let machine: PodMachine
    let runtimeName: String

    /// The status of one container of the machine.
    func status(of container: ContainerMachine) -> JSONValue {
        let image = self.image(of: container)
        var status: JSONValue = [
            "name": .string(container.spec.name),
            "state": state(of: container),
            "lastState": lastState(of: container),
            "ready": .bool(container.spec.role == .initial ? container.isComplete : container.isReady),
            "restartCount": .integer(Int64(container.restartCount)),
            "image": .string(image?.reference ?? container.spec.image),
            "imageID": .string(image?.digestReference ?? ""),
            "started": .bool(container.spec.role == .initial ? container.current != nil : container.isStarted),
        ]
        let id = container.current?.id ?? container.ended?.id ?? container.lastEnd?.id ?? ""
        if !id.isEmpty { status["containerID"] = .string("\(runtimeName)://\(id)") }
        if let resources = container.spec.json["resources"], container.hasStarted {
            status["resources"] = resources
            if let requests = resources["requests"] { status["allocatedResources"] = requests }
        }
        return status
    }

    private func image(of container: ContainerMachine) -> PodImage? {
        if let current = container.current { return current.image }
        if case .ready(let image) = container.image, container.hasStarted { return image }
        return nil
    }

    private func state(of container: ContainerMachine) -> JSONValue {
        if let current = container.current {
            return ["running": ["startedAt": .string(current.startedAt.rfc3339)]]
        }
        if let ended = container.ended, !isWaitingForRestart(container) {
            return ["terminated": terminated(ended)]
        }
        let waiting = waiting(of: container)
        var state: JSONValue = ["reason": .string(waiting.reason)]
        if !waiting.message.isEmpty { state["message"] = .string(waiting.message) }
        return ["waiting": state]
    }

    private func lastState(of container: ContainerMachine) -> JSONValue {
        let last = container.current == nil && isWaitingForRestart(container) ? container.ended : container.lastEnd
        return last.map { ["terminated": terminated($0)] } ?? .object(JSONObject())
    }

    private func isWaitingForRestart(_ container: ContainerMachine) -> Bool {
        container.isBackingOff && machine.termination == nil && !machine.isOver
    }

    private func terminated(_ ended: ContainerMachine.Ended) -> JSONValue {
        var state: JSONValue = [
            "exitCode": .integer(Int64(ended.exitCode)), "reason": .string(ended.reason),
            "startedAt": .string(ended.startedAt.rfc3339), "finishedAt": .string(ended.finishedAt.rfc3339),
        ]
        if !ended.message.isEmpty { state["message"] = .string(ended.message) }
        if !ended.id.isEmpty { state["containerID"] = .string("\(runtimeName)://\(ended.id)") }
        return state
    }

    /// Why it does not run yet. Before its turn an app shows `PodInitializing`, whatever its image does.
    private func waiting(of container: ContainerMachine) -> ContainerMachine.Waiting {
        if container.isBackingOff, container.ended != nil {
            return .init(
                reason: "CrashLoopBackOff",
                message: "back-off \(container.restarts.pauseText) restarting failed container=\(container.spec.name) "
                    + "pod=\(machine.spec.name)_\(machine.spec.namespace)(\(machine.spec.uid))")
        }
        let isItsTurn = machine.isTurn(of: container)
        if isItsTurn, let failure = container.launchFailure { return failure }
        if isItsTurn, case .failed(let failure, _) = container.image {
            // From the second failure on the pull is paused, and that is what people look for.
            let isPaused = container.pulls.failures > 1 && failure.reason == "ErrImagePull"
            return isPaused
                ? .init(
                    reason: "ImagePullBackOff",
                    message: "Back-off pulling image \"\(container.spec.image)\": \(failure.message)") : failure
        }
        let hasInit = !machine.spec.initContainers.isEmpty
        return .init(reason: hasInit ? "PodInitializing" : "ContainerCreating")
    }
}

extension PodMachine {
    /// Whether nothing before the container in the start order still has to be done.
    func isTurn(of container: ContainerMachine) -> Bool {
        for earlier in containers {
            if earlier.spec.name == container.spec.name { return true }
            switch earlier.spec.role {
            case .initial where !earlier.isComplete: return false
            case .sidecar where !earlier.hasStarted: return false
            default: continue
            }
        }
        return true
    }
}

extension BackOff {
    /// The pause given last in the form of Go's durations: `10s`, `2m40s`, `5m0s`.
    var pauseText: String {
        let seconds = lastPause.components.seconds
        return seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }
}
