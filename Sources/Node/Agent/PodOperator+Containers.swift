import Cluster
import Document
import Effects
import SystemLinux

extension PodOperator {
    // MARK: - Images

    func ensureImage(of name: String, in spec: PodSpec) async -> PodInput? {
        guard let container = spec.allContainers.first(where: { $0.name == name }) else { return nil }
        let start = context.effects.time.monotonic
        let request = PodImageRequest(
            reference: container.image, policy: container.pullPolicy, credentials: credentials(for: spec))
        do {
            let image = try await context.runtime.ensureImage(request)
            return .imageReady(container: name, image, seconds: (context.effects.time.monotonic - start).inSeconds)
        } catch {
            let kind = (error as? PodRuntimeError)?.kind ?? .imagePull
            return .imageFailed(container: name, kind, "\(error)")
        }
    }

    private func credentials(for spec: PodSpec) -> [PodImageCredential] {
        let references = ReferenceReader(store: context.store, namespace: spec.namespace)
        return spec.json.items("imagePullSecrets").flatMap { reference in
            PullSecret.credentials(in: references.secret(reference.text("name")) ?? [:])
        }
    }

    // MARK: - Launching

    func launch(_ name: String, attempt: Int, image: PodImage, in machine: PodMachine) async -> PodInput? {
        guard let container = machine.container(named: name), let sandbox = machine.sandbox.product else { return nil }
        let spec: PodContainerSpec
        do {
            spec = try await resolve(container.spec, attempt: attempt, image: image, sandbox: sandbox, in: machine)
        } catch {
            return .launchFailed(container: name, .configuration, "\(error)")
        }
        let id: String
        do {
            id = try await context.runtime.createContainer(spec)
        } catch {
            return .launchFailed(container: name, .creation, "\(error)")
        }
        do {
            let start = try await context.runtime.startContainer(id)
            await removeOldRun(of: container)
            return .launched(container: name, id: id, start)
        } catch {
            try? await context.runtime.removeContainer(id)
            return .launchFailed(container: name, .start, "\(error)")
        }
    }

    /// Keeps the last ended run for `logs --previous` and removes the one before it.
    private func removeOldRun(of container: ContainerMachine) async {
        guard let old = container.olderEnd, !old.id.isEmpty else { return }
        try? await context.runtime.removeContainer(old.id)
    }

    private func resolve(
        _ container: ContainerSpec, attempt: Int, image: PodImage, sandbox: PodSandbox, in machine: PodMachine
    ) async throws -> PodContainerSpec {
        let pod = machine.spec
        let environment = ContainerEnvironment(
            spec: pod, container: container, services: serviceVariables(for: pod),
            references: ReferenceReader(store: context.store, namespace: pod.namespace),
            fields: fields(of: pod, addresses: sandbox.addresses))
        let variables = try environment.variables()
        let builder = ContainerSpecBuilder(
            spec: pod, container: container, directories: context.configuration.directories,
            qosClass: QOSClass(spec: pod.json), nodeMemoryBytes: context.facts.memoryBytes)
        let paths = volumePaths(of: pod)
        let message = context.configuration.directories.terminationMessage(
            of: container.name, attempt: attempt, podUID: pod.uid)
        return try await BlockingPool.shared.run {
            try Directory.make(File.parent(of: message), mode: 0o755)
            try File.write(message, [], mode: 0o666)
            try File.setMode(message, 0o666)
            return try builder.spec(
                attempt: attempt, image: image, sandbox: sandbox, environment: variables, volumePaths: paths)
        }
    }

    private func volumePaths(of spec: PodSpec) -> [String: String] {
        let directories = context.configuration.directories
        var paths: [String: String] = [:]
        for volume in spec.json.items("volumes") {
            let name = volume.text("name")
            if let host = volume["hostPath"] {
                paths[name] = host.text("path")
            } else if let empty = volume["emptyDir"], empty.text("medium") != "Memory" {
                paths[name] = directories.scratchVolume(name, of: spec.uid)
            } else {
                paths[name] = directories.memoryVolume(name, of: spec.uid)
            }
        }
        return paths
    }

    /// Variables of `kubernetes` always, of the namespace's Services unless the pod declines them.
    private func serviceVariables(for spec: PodSpec) -> [EnvironmentVariable] {
        var services: [StoredObject] = []
        if spec.json["enableServiceLinks"]?.boolValue != false {
            services = context.store.all(.services, namespace: spec.namespace)
        }
        let api = ObjectKey(.services, namespace: "default", name: "kubernetes")
        if !services.contains(where: { $0.key == api }), let kubernetes = context.store.get(api) {
            services.insert(kubernetes, at: 0)
        }
        return ServiceEnvironment.variables(of: services)
    }

    // MARK: - Last words

    /// What an ended container left as its message: its file, or the end of its log when the policy says so.
    func terminationMessage(for exit: PodContainerExit, in machine: PodMachine) async -> String {
        guard let container = machine.containers.first(where: { $0.current?.id == exit.containerID }) else { return "" }
        let path = context.configuration.directories.terminationMessage(
            of: container.spec.name, attempt: container.restartCount, podUID: machine.spec.uid)
        let bytes = try? await BlockingPool.shared.run { try File.read(path, limit: 1 << 20) }
        if let bytes, !bytes.isEmpty {
            return String(decoding: bytes.prefix(Self.messageLimitBytes), as: UTF8.self)
        }
        guard container.spec.messageFallsBackToLogs, exit.exitCode != 0 else { return "" }
        let tail = try? await context.runtime.logTail(of: exit.containerID, lines: 80, limitBytes: 2048)
        return String(decoding: tail ?? [], as: UTF8.self)
    }
}
