import Cluster
import Document
import Effects

/// Reads a pod's status from its machine: phase, conditions and containers as core/v1 words them.
struct PodStatusBuilder: Sendable {
    /// The node's address.
    let hostIP: String
    /// The scheme of container ids.
    let runtimeName: String

    /// The status of `machine`. `gates` holds the readiness gates' conditions that others have set.
    func status(of machine: PodMachine, gates: [String: Bool] = [:]) -> PodStatus {
        let initial = machine.containers.filter { $0.spec.role != .app }
        let apps = machine.containers.filter { $0.spec.role == .app }
        let builder = ContainerStatusBuilder(machine: machine, runtimeName: runtimeName)
        let phase = phase(of: machine)
        let sandbox = machine.sandbox.product
        return PodStatus(
            phase: phase, reason: machine.verdict?.reason, message: machine.verdict?.message,
            conditions: conditions(of: machine, phase: phase, gates: gates),
            hostIP: hostIP,
            addresses: machine.spec.hostNetwork ? [hostIP] : sandbox?.addresses ?? [],
            startTime: machine.startTime,
            qosClass: QOSClass(spec: machine.spec.json),
            initContainers: initial.map(builder.status), containers: apps.map(builder.status))
    }

    private func phase(of machine: PodMachine) -> String {
        if machine.verdict != nil || machine.hasFailedInit {
            // A pod is only Failed when nothing runs any more.
            return machine.containers.contains { $0.isActive } ? "Running" : "Failed"
        }
        let apps = machine.containers.filter { $0.spec.role == .app }
        if machine.isOver {
            if machine.containers.contains(where: { $0.isActive }) { return "Running" }
            return apps.allSatisfy { $0.ended?.succeeded == true } ? "Succeeded" : "Failed"
        }
        guard machine.termination == nil || apps.contains(where: { $0.isActive }) else {
            return terminatedPhase(apps)
        }
        guard machine.isInitialized, apps.allSatisfy(\.hasStarted) else { return "Pending" }
        return "Running"
    }

    /// After a termination every app has ended, or never ran.
    private func terminatedPhase(_ apps: [ContainerMachine]) -> String {
        if apps.contains(where: { !$0.hasStarted }) { return "Pending" }
        if apps.contains(where: { $0.isActive }) { return "Running" }
        return apps.allSatisfy { $0.ended?.succeeded == true } ? "Succeeded" : "Failed"
    }

    // MARK: - Conditions

    private func conditions(
        of machine: PodMachine, phase: String, gates: [String: Bool]
    ) -> [PodStatus.Condition] {
        let containersReady = containersReady(of: machine, phase: phase)
        let standing = machine.sandbox.product != nil && !(machine.isOver && phase != "Running")
        return [
            .init(type: "PodReadyToStartContainers", isTrue: standing),
            initialized(machine, phase: phase),
            ready(machine, containersReady: containersReady, gates: gates),
            containersReady,
            .init(type: "PodScheduled", isTrue: true),
        ]
    }

    private func initialized(_ machine: PodMachine, phase: String) -> PodStatus.Condition {
        if machine.isInitialized || phase == "Succeeded" { return .init(type: "Initialized", isTrue: true) }
        let missing = machine.containers.filter { container in
            switch container.spec.role {
            case .initial: !container.isComplete
            case .sidecar: !container.isStarted
            case .app: false
            }
        }
        return .init(
            type: "Initialized", isTrue: false, reason: "ContainersNotInitialized",
            message: "containers with incomplete status: \(Self.list(missing))")
    }

    private func containersReady(of machine: PodMachine, phase: String) -> PodStatus.Condition {
        let type = "ContainersReady"
        if phase == "Succeeded" { return .init(type: type, isTrue: false, reason: "PodCompleted") }
        if phase == "Failed" { return .init(type: type, isTrue: false, reason: "PodFailed") }
        let unready = machine.containers.filter { $0.spec.role != .initial && !$0.isReady }
        if unready.isEmpty, machine.isInitialized { return .init(type: type, isTrue: true) }
        return .init(
            type: type, isTrue: false, reason: "ContainersNotReady",
            message: "containers with unready status: \(Self.list(unready))")
    }

    private func ready(
        _ machine: PodMachine, containersReady: PodStatus.Condition, gates: [String: Bool]
    ) -> PodStatus.Condition {
        var condition = containersReady
        condition.type = "Ready"
        guard condition.isTrue else { return condition }
        let closed = machine.spec.readinessGates.filter { gates[$0] != true }
        guard !closed.isEmpty else { return condition }
        let details = closed.map { gate in
            gates[gate] == nil
                ? "corresponding condition of pod readiness gate \"\(gate)\" does not exist."
                : "the status of pod readiness gate \"\(gate)\" is not \"True\", but False"
        }
        return .init(
            type: "Ready", isTrue: false, reason: "ReadinessGatesNotReady", message: details.joined(separator: ", "))
    }

    private static func list(_ containers: [ContainerMachine]) -> String {
        "[\(containers.map(\.spec.name).joined(separator: " "))]"
    }
}
