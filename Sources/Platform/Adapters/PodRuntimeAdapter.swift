import Effects
import EventBus
import Images
import Node
import OCI
import Runtime
import SystemLinux

/// Runs the node's pods with the container runtime of this machine.
struct PodRuntimeAdapter: PodRuntime {
    /// Exits kept for a node that is behind; the node lists again when it restarts, so more would only hide a bug.
    static let exitsMax = 4096

    let runtime: ContainerRuntime
    let images: ImageStore
    let bus: EventBus
    let effects: Effects

    var identity: PodRuntimeIdentity { PodRuntimeIdentity(name: "skiff", version: Version.text) }

    func exits() -> AsyncStream<PodContainerExit> {
        // Subscribed here, not in the task: an exit between this call and the first read is not lost.
        let subscription = bus.subscribe(name: "pod exits", families: [.container])
        return AsyncStream(bufferingPolicy: .bufferingOldest(Self.exitsMax)) { continuation in
            let task = Task {
                for await delivery in subscription {
                    for exit in exits(in: delivery) { continuation.yield(exit) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// The ends of pods' containers in one delivery; after an overrun, every end that is on record.
    private func exits(in delivery: Delivery) -> [PodContainerExit] {
        switch delivery {
        case .overrun:
            return runtime.list().compactMap { Self.exit(of: $0.record) }
        case .event(let event):
            guard case .container(.exited(let container, let code, let outOfMemory)) = event.payload,
                let record = try? runtime.inspect(container).record,
                let uid = record.request.labels[PodLabels.podUID]
            else { return [] }
            return [
                PodContainerExit(
                    podUID: uid, containerID: container, exitCode: code, outOfMemory: outOfMemory,
                    finishedAt: record.state.finishedAt ?? event.time
                )
            ]
        }
    }

    // MARK: - Images

    func ensureImage(_ request: PodImageRequest) async throws -> PodImage {
        let reference: Reference
        do { reference = try Reference(request.reference) } catch {
            throw PodRuntimeError(.invalidImageName, "invalid image name \"\(request.reference)\": \(error)")
        }
        let before = try? await images.find(reference)
        let credentials = request.credentials.first { $0.registry == reference.registry }
        do {
            let image = try await images.ensure(
                reference,
                policy: PullPolicy(request.policy),
                credentials: credentials.map { RegistryCredentials(username: $0.username, password: $0.password) }
            )
            return PodImage(image, reference: reference, wasPulled: before?.id != image.id)
        } catch let error as ImageError where error.code == .notFound && request.policy == .never {
            throw PodRuntimeError(.imageNeverPull, error.message)
        } catch {
            throw PodRuntimeError(.imagePull, "\(error)")
        }
    }

    // MARK: - Sandboxes

    func makeSandbox(_ spec: PodSandboxSpec) async throws -> PodSandbox {
        let id = "\(spec.podUID)-\(spec.attempt)"
        try await runtime.removeSandbox(id)
        let network: SandboxRequest.Network =
            spec.hostNetwork ? .host : .network(SandboxNetworkAdapter.podNetwork)
        var request = SandboxRequest(id: id, name: spec.name, hostname: spec.hostname, network: network)
        request.sharesHostProcesses = spec.hostPID
        request.sharesHostIPC = spec.hostIPC
        request.sysctls = spec.sysctls
        request.labels = spec.labels
        request.ports = try spec.portMappings.map(Self.portRequest)
        let sandbox = try await runtime.createSandbox(request)
        return PodSandbox(id: sandbox.id, addresses: sandbox.addresses)
    }

    func removeSandbox(_ id: String) async throws {
        let members = runtime.list().filter { $0.record.request.sandboxID == id }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in members {
                group.addTask { try await runtime.remove(member.record.id, force: true, removeVolumes: true) }
            }
            try await group.waitForAll()
        }
        try await runtime.removeSandbox(id)
    }

    private static func portRequest(_ mapping: PodPortMapping) throws -> PortRequest {
        guard let inside = UInt16(exactly: mapping.containerPort), let outside = UInt16(exactly: mapping.hostPort),
            let transport = PortTransport(rawValue: mapping.transport)
        else {
            throw PodRuntimeError(.failed, "host port \(mapping.hostPort)/\(mapping.transport) can't be published")
        }
        return PortRequest(
            containerPort: ContainerPort(port: inside, transport: transport),
            hostAddress: mapping.hostAddress,
            hostPorts: [outside]
        )
    }

    // MARK: - Containers

    func createContainer(_ spec: PodContainerSpec) async throws -> String {
        // Names follow docker's habit for pods, so that `skiff ps` says what belongs to which pod.
        let name = "k8s_\(spec.name)_\(spec.podName)_\(spec.namespace)_\(spec.podUID)_\(spec.attempt)"
        return try await runtime.create(PodContainerRequest(spec).request, name: name).id
    }

    func startContainer(_ id: String) async throws -> PodContainerStart {
        try await runtime.start(id)
        let state = try runtime.inspect(id).record.state
        return PodContainerStart(pid: state.pid, startedAt: state.startedAt ?? effects.now)
    }

    func stopContainer(_ id: String, graceSeconds: Int) async throws {
        do {
            try await runtime.stop(id, timeoutSeconds: graceSeconds)
        } catch let error as RuntimeError where error.code == .notFound {
            return
        }
    }

    func removeContainer(_ id: String) async throws {
        do {
            try await runtime.remove(id, force: false, removeVolumes: true)
        } catch let error as RuntimeError where error.code == .notFound {
            return
        }
    }

    func execute(
        _ command: [String],
        in id: String,
        timeout: Duration,
        outputLimitBytes: Int
    ) async throws -> PodExecResult {
        try await CapturedExec(runtime: runtime, effects: effects)
            .run(command, in: id, timeout: timeout, limitBytes: outputLimitBytes)
    }

    func logTail(of id: String, lines: Int, limitBytes: Int) async throws -> [UInt8] {
        var query = LogQuery()
        query.tail = lines
        var bytes: [UInt8] = []
        for try await records in try runtime.logs(id, query) {
            for record in records { bytes += record.text }
        }
        return Array(bytes.suffix(limitBytes))
    }

    // MARK: - Recovery

    func list() async throws -> [PodSandboxRecord] {
        let containers = runtime.list()
        var records: [PodSandboxRecord] = []
        for sandbox in runtime.sandboxes() {
            let labels = sandbox.request.labels
            guard let uid = labels[PodLabels.podUID] else { continue }
            let members = containers.filter { $0.record.request.sandboxID == sandbox.id }
            records.append(
                PodSandboxRecord(
                    podUID: uid,
                    namespace: labels[PodLabels.podNamespace] ?? "",
                    name: labels[PodLabels.podName] ?? "",
                    attempt: labels[PodLabels.attempt].flatMap { Int($0) } ?? 0,
                    sandbox: PodSandbox(id: sandbox.id, addresses: sandbox.addresses),
                    isAlive: try await BlockingPool.shared.run { sandbox.isAlive },
                    containers: await Self.records(of: members.map(\.record), images: images)
                )
            )
        }
        return records
    }

    private static func records(of members: [ContainerRecord], images: ImageStore) async -> [PodContainerRecord] {
        var records: [PodContainerRecord] = []
        for member in members {
            guard let name = member.request.labels[PodLabels.containerName] else { continue }
            records.append(
                PodContainerRecord(
                    id: member.id,
                    name: name,
                    attempt: member.request.labels[PodLabels.attempt].flatMap { Int($0) } ?? 0,
                    image: await PodImage(of: member, images: images),
                    state: state(of: member)
                )
            )
        }
        return records
    }

    private static func state(of record: ContainerRecord) -> PodContainerRecord.State {
        let started = record.state.startedAt ?? record.createdAt
        if record.state.isAlive { return .running(PodContainerStart(pid: record.state.pid, startedAt: started)) }
        guard let exit = exit(of: record) else { return .created }
        return .exited(exit, startedAt: started)
    }

    private static func exit(of record: ContainerRecord) -> PodContainerExit? {
        guard record.state.phase == .exited || record.state.phase == .dead, record.state.startedAt != nil,
            let uid = record.request.labels[PodLabels.podUID]
        else { return nil }
        return PodContainerExit(
            podUID: uid,
            containerID: record.id,
            exitCode: Int32(truncatingIfNeeded: record.state.exitCode),
            outOfMemory: record.state.oomKilled,
            finishedAt: record.state.finishedAt ?? record.createdAt
        )
    }
}

extension PullPolicy {
    init(_ policy: PodImagePolicy) {
        switch policy {
        case .always: self = .always
        case .ifNotPresent: self = .missing
        case .never: self = .never
        }
    }
}

extension PodImage {
    init(_ image: Image, reference: Reference, wasPulled: Bool) {
        self.init(
            reference: reference.familiar,
            id: image.id.description,
            digestReference: "\(reference.familiarName)@\(image.manifest.digest)",
            sizeBytes: image.sizeBytes,
            wasPulled: wasPulled,
            user: image.config.config?.user ?? ""
        )
    }

    /// The image of a container on record; its id alone when the image is gone.
    init(of record: ContainerRecord, images: ImageStore) async {
        guard let digest = try? Digest(record.imageID), let image = try? await images.image(id: digest),
            let reference = try? Reference(record.request.image)
        else {
            self.init(
                reference: record.request.image, id: record.imageID, digestReference: record.imageID, sizeBytes: 0,
                wasPulled: false
            )
            return
        }
        self.init(image, reference: reference, wasPulled: false)
    }
}
