import Effects
import Synchronization

@testable import Node

/// A runtime that starts nothing: it records what it is told and ends containers when asked to.
final class FakeRuntime: PodRuntime {
    struct Container: Sendable {
        var spec: PodContainerSpec
        var state = PodContainerRecord.State.created
    }

    struct State: Sendable {
        var calls: [String] = []
        var sandboxes: [String: PodSandboxSpec] = [:]
        var containers: [String: Container] = [:]
        var number = 0
        /// Images that can't be pulled, with the reason.
        var brokenImages: [String: PodRuntimeError] = [:]
        /// What a command gives, by its first word.
        var execResults: [String: Int32] = [:]
    }

    let identity = PodRuntimeIdentity(name: "fake", version: "1")
    private let state = Mutex(State())
    private let stream: AsyncStream<PodContainerExit>
    private let continuation: AsyncStream<PodContainerExit>.Continuation
    private let effects: Effects

    init(effects: Effects) {
        self.effects = effects
        (stream, continuation) = AsyncStream.makeStream()
    }

    var now: State { state.withLock { $0 } }

    func edit(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Containers that run, by name.
    var running: [String: String] {
        var found: [String: String] = [:]
        for (id, container) in now.containers {
            if case .running = container.state { found[container.spec.name] = id }
        }
        return found
    }

    /// Ends a container's process.
    func end(_ id: String, code: Int32) {
        let exit = state.withLock { state -> PodContainerExit? in
            guard let container = state.containers[id], case .running(let start) = container.state else { return nil }
            let exit = PodContainerExit(
                podUID: container.spec.podUID, containerID: id, exitCode: code, outOfMemory: false,
                finishedAt: effects.now)
            state.containers[id]?.state = .exited(exit, startedAt: start.startedAt)
            return exit
        }
        if let exit { continuation.yield(exit) }
    }

    func exits() -> AsyncStream<PodContainerExit> { stream }

    func ensureImage(_ request: PodImageRequest) async throws -> PodImage {
        try state.withLock { state in
            state.calls.append("ensure \(request.reference) \(request.policy.rawValue)")
            if let failure = state.brokenImages[request.reference] { throw failure }
        }
        return PodImage(
            reference: request.reference, id: "sha256:1", digestReference: "\(request.reference)@sha256:1",
            sizeBytes: 1,
            wasPulled: false)
    }

    func makeSandbox(_ spec: PodSandboxSpec) async throws -> PodSandbox {
        state.withLock { state in
            state.number += 1
            let id = "sandbox-\(state.number)"
            state.sandboxes[id] = spec
            state.calls.append("sandbox \(spec.name)")
            return PodSandbox(id: id, addresses: ["10.88.1.\(state.number + 1)"])
        }
    }

    func removeSandbox(_ id: String) async throws {
        state.withLock { state in
            state.calls.append("remove sandbox")
            state.sandboxes[id] = nil
            state.containers = state.containers.filter { $0.value.spec.sandboxID != id }
        }
    }

    func createContainer(_ spec: PodContainerSpec) async throws -> String {
        state.withLock { state in
            state.number += 1
            state.calls.append("create \(spec.name)")
            state.containers["c-\(state.number)"] = Container(spec: spec)
            return "c-\(state.number)"
        }
    }

    func startContainer(_ id: String) async throws -> PodContainerStart {
        let start = PodContainerStart(pid: 100, startedAt: effects.now)
        state.withLock { state in
            state.calls.append("start \(state.containers[id]?.spec.name ?? id)")
            state.containers[id]?.state = .running(start)
        }
        return start
    }

    func stopContainer(_ id: String, graceSeconds: Int) async throws {
        state.withLock { $0.calls.append("stop \($0.containers[id]?.spec.name ?? id) \(graceSeconds)") }
        end(id, code: 143)
    }

    func removeContainer(_ id: String) async throws {
        state.withLock { $0.containers[id] = nil }
    }

    func execute(
        _ command: [String], in id: String, timeout: Duration, outputLimitBytes: Int
    ) async throws -> PodExecResult {
        let code = state.withLock { state in
            state.calls.append("exec \(command.joined(separator: " "))")
            return state.execResults[command.first ?? ""] ?? 0
        }
        return PodExecResult(exitCode: code, output: Array("output".utf8))
    }

    func logTail(of id: String, lines: Int, limitBytes: Int) async throws -> [UInt8] { Array("last words".utf8) }

    func list() async throws -> [PodSandboxRecord] {
        let now = now
        return now.sandboxes.map { id, spec in
            PodSandboxRecord(
                podUID: spec.podUID, namespace: spec.namespace, name: spec.name, attempt: spec.attempt,
                sandbox: PodSandbox(id: id, addresses: ["10.88.1.99"]), isAlive: true,
                containers: now.containers.filter { $0.value.spec.sandboxID == id }.map { key, container in
                    PodContainerRecord(
                        id: key, name: container.spec.name, attempt: container.spec.attempt,
                        image: container.spec.image, state: container.state)
                })
        }
    }
}
