import Cluster
import Document
import Effects

@testable import Node

/// A pod machine with a clock of its own; answers actions as a healthy node would.
struct MachineFixture {
    var machine: PodMachine
    var now = Moment(wall: Timestamp(seconds: 1_700_000_000), uptime: .seconds(1000))
    /// Everything `advance` returned but notices, in order.
    var actions: [PodAction] = []
    var notices: [PodNotice] = []
    private var containerNumber = 0

    init(_ spec: JSONValue) {
        let value: JSONValue = ["metadata": ["labels": ["app": "web"]], "spec": spec]
        machine = PodMachine(
            spec: PodSpec(uid: "uid-web", namespace: "default", name: "web", value: value), now: now)
    }

    static func container(_ name: String, _ extra: JSONValue = [:]) -> JSONValue {
        var container: JSONValue = ["name": .string(name), "image": "image"]
        for (key, value) in extra.objectValue ?? JSONObject() { container[key] = value }
        return container
    }

    static let image = PodImage(
        reference: "image", id: "sha256:1", digestReference: "image@sha256:1", sizeBytes: 1, wasPulled: false)

    /// Lets the machine advance and returns what it asks for now.
    @discardableResult
    mutating func advance() -> [PodAction] {
        var asked: [PodAction] = []
        for action in machine.advance(at: now) {
            if case .tell(let notice) = action { notices.append(notice) } else { asked.append(action) }
        }
        actions += asked
        return asked
    }

    /// Gives the machine an input and returns what it asks for then.
    @discardableResult
    mutating func send(_ input: PodInput) -> [PodAction] {
        machine.handle(input, at: now)
        return advance()
    }

    /// Moves the clock and returns what the machine asks for then.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [PodAction] {
        now = now + duration
        return send(.tick)
    }

    /// Answers every action as a healthy node, until nothing but probes is asked for.
    mutating func settle(_ first: [PodAction]? = nil) {
        var open = first ?? advance()
        while !open.isEmpty {
            let action = open.removeFirst()
            guard let input = answer(action) else { continue }
            open += send(input)
        }
    }

    mutating func answer(_ action: PodAction) -> PodInput? {
        switch action {
        case .makeVolumes, .refreshVolumes: return .volumesReady(renewAfter: nil)
        case .makeSandbox: return .sandboxReady(PodSandbox(id: "sandbox", addresses: ["10.88.1.2"]))
        case .ensureImage(let container): return .imageReady(container: container, Self.image, seconds: 0.01)
        case .launch(let container, _, _):
            containerNumber += 1
            return .launched(
                container: container, id: "c\(containerNumber)", PodContainerStart(pid: 42, startedAt: now.wall))
        case .postStart(let container, let id): return .postStarted(container: container, id: id, failure: nil)
        case .stop(_, let id, _, _): return exit(id, code: 143)
        case .awaitWithdrawal: return .withdrawn
        case .clean: return .cleaned
        case .checkListening(let container, let id, _):
            return .listened(container: container, id: id, isListening: true)
        case .probe, .finish, .tell: return nil
        }
    }

    func exit(_ id: String, code: Int32, outOfMemory: Bool = false) -> PodInput {
        .exited(
            PodContainerExit(
                podUID: "uid-web", containerID: id, exitCode: code, outOfMemory: outOfMemory, finishedAt: now.wall),
            message: "")
    }

    /// The id of the container's present run.
    func id(_ name: String) -> String { machine.container(named: name)?.current?.id ?? "" }

    var status: PodStatus { PodStatusBuilder(hostIP: "10.88.0.1", runtimeName: "skiff").status(of: machine) }

    func containerStatus(_ name: String) -> JSONValue {
        (status.initContainers + status.containers).first { $0.text("name") == name } ?? .null
    }

    func condition(_ type: String) -> PodStatus.Condition? { status.conditions.first { $0.type == type } }

    /// The names of the containers that the actions launch.
    static func launches(_ actions: [PodAction]) -> [String] {
        actions.compactMap { if case .launch(let name, _, _) = $0 { name } else { nil } }
    }

    /// The names of the containers that the actions stop.
    static func stops(_ actions: [PodAction]) -> [String] {
        actions.compactMap { if case .stop(let name, _, _, _) = $0 { name } else { nil } }
    }
}
