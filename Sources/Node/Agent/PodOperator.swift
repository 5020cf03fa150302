import Cluster
import Document
import Effects
import Logging
import SystemLinux

/// Carries out the actions of one pod's machine and answers each with an input.
///
/// Holds no state of its own: what an action needs to know stands in the machine it is given.
struct PodOperator: Sendable {
    /// What is kept of a command's output in a probe's or hook's message, in bytes.
    static let outputLimitBytes = 10 * 1024
    /// The longest termination message (core/v1 Container.terminationMessagePath).
    static let messageLimitBytes = 4096
    /// How long the end of traffic is waited for before a pod is stopped (DESIGN §7).
    static let withdrawalBound = Duration.seconds(1)
    /// The pause between looks at open connections within that bound.
    static let drainPause = Duration.milliseconds(10)
    /// The longest wait for a lifecycle hook after a start.
    static let postStartBound = Duration.seconds(120)

    let context: NodeContext

    /// Carries out `action` for the pod that `machine` describes; nil when there is nothing to answer.
    func perform(_ action: PodAction, of machine: PodMachine) async -> PodInput? {
        switch action {
        case .makeVolumes, .refreshVolumes: return await makeVolumes(for: machine.spec)
        case .makeSandbox(let attempt): return await makeSandbox(for: machine.spec, attempt: attempt)
        case .ensureImage(let container): return await ensureImage(of: container, in: machine.spec)
        case .launch(let container, let attempt, let image):
            return await context.launches.pass {
                await launch(container, attempt: attempt, image: image, in: machine)
            }
        case .postStart(let container, let id):
            let failure = await runHook(of: container, in: machine, \.postStart, bound: Self.postStartBound)
            return .postStarted(container: container, id: id, failure: failure)
        case .stop(let container, let id, let graceSeconds, let runsHook):
            await stop(container, id: id, graceSeconds: graceSeconds, runsHook: runsHook, in: machine)
            return nil
        case .probe(let container, let id, let kind):
            let failure = await probe(container, kind: kind, in: machine)
            return .probed(container: container, id: id, kind, failure: failure)
        case .checkListening(let container, let id, let pid):
            let ports = machine.container(named: container)?.spec.ports ?? []
            let isListening = try? await BlockingPool.shared.run {
                SocketTable.hasSocket(.listening, on: ports, seenBy: pid)
            }
            return .listened(container: container, id: id, isListening: isListening ?? false)
        case .awaitWithdrawal:
            await awaitWithdrawal(of: machine)
            return .withdrawn
        case .clean: return await clean(machine)
        case .finish, .tell: return nil
        }
    }

    // MARK: - Sandbox and volumes

    private func makeVolumes(for spec: PodSpec) async -> PodInput {
        let planner = VolumePlanner(
            spec: spec, references: ReferenceReader(store: context.store, namespace: spec.namespace),
            fields: fields(of: spec, addresses: []), tokens: context.tokens)
        do {
            let result = try await planner.plan(at: context.effects.now)
            let volumes = PodVolumes(directories: context.configuration.directories, spec: spec)
            let stamp = "\(context.effects.now.nanoseconds)"
            _ = try await BlockingPool.shared.run { try volumes.make(result.plans, stamp: stamp) }
            return .volumesReady(renewAfter: result.renewTokensAt.map { $0 - context.effects.now })
        } catch {
            return .volumesFailed("\(error)")
        }
    }

    private func makeSandbox(for spec: PodSpec, attempt: Int) async -> PodInput {
        var request = PodSandboxSpec(
            podUID: spec.uid, namespace: spec.namespace, name: spec.name, attempt: attempt, hostname: spec.hostname)
        request.hostNetwork = spec.hostNetwork
        request.hostPID = spec.json["hostPID"]?.boolValue ?? false
        request.hostIPC = spec.json["hostIPC"]?.boolValue ?? false
        for sysctl in spec.json.items("securityContext", "sysctls") {
            request.sysctls[sysctl.text("name")] = sysctl.text("value")
        }
        request.portMappings = spec.hostNetwork ? [] : Self.portMappings(of: spec)
        do {
            let sandbox = try await context.runtime.makeSandbox(request)
            try await writeFiles(for: spec, addresses: sandbox.addresses)
            return .sandboxReady(sandbox)
        } catch {
            return .sandboxFailed("\(error)")
        }
    }

    private static func portMappings(of spec: PodSpec) -> [PodPortMapping] {
        spec.allContainers.flatMap { container in
            container.json.items("ports").compactMap { port in
                guard let hostPort = port["hostPort"]?.intValue, hostPort > 0 else { return nil }
                let transport = port.text("protocol").lowercased()
                return PodPortMapping(
                    hostAddress: port.text("hostIP"), hostPort: Int(hostPort),
                    containerPort: Int(port["containerPort"]?.intValue ?? hostPort),
                    transport: transport.isEmpty ? "tcp" : transport)
            }
        }
    }

    /// Writes hosts, resolv.conf and hostname, which need the addresses.
    private func writeFiles(for spec: PodSpec, addresses: [String]) async throws {
        let configuration = context.configuration
        let directories = configuration.directories
        try await BlockingPool.shared.run {
            try Directory.make(directories.runRoot(of: spec.uid), mode: 0o755)
            let hosts =
                spec.hostNetwork
                ? HostsFile.text(forHostNetwork: spec, hostFile: (try? File.readText("/etc/hosts")) ?? "")
                : HostsFile.text(for: spec, addresses: addresses, clusterDomain: configuration.clusterDomain)
            let host = ResolverFile(parsing: (try? File.readText("/etc/resolv.conf")) ?? "")
            let resolver = ResolverFile(
                for: spec, host: host, clusterServer: configuration.clusterDNS,
                clusterDomain: configuration.clusterDomain)
            try File.write(directories.hostsFile(of: spec.uid), Array(hosts.utf8))
            try File.write(directories.resolverFile(of: spec.uid), Array(resolver.text.utf8))
            try File.write(directories.hostnameFile(of: spec.uid), Array("\(spec.hostname)\n".utf8))
        }
    }

    private func clean(_ machine: PodMachine) async -> PodInput {
        let volumes = PodVolumes(directories: context.configuration.directories, spec: machine.spec)
        do {
            if let sandbox = machine.sandbox.product { try await context.runtime.removeSandbox(sandbox.id) }
            try await BlockingPool.shared.run { try volumes.removeAll() }
            return .cleaned
        } catch {
            return .cleaningFailed("error killing pod: \(error)")
        }
    }

    func fields(of spec: PodSpec, addresses: [String]) -> DownwardField {
        let node = context.store.get(ObjectKey(.nodes, name: context.configuration.name))
        return DownwardField(
            spec: spec, nodeName: context.configuration.name, hostIP: context.configuration.internalAddress,
            addresses: spec.hostNetwork ? [context.configuration.internalAddress] : addresses,
            allocatable: node?.value["status", "allocatable"] ?? .null)
    }

    // MARK: - Going down

    /// Waits until no Service leads to the pod, and then until the connections it has are done, both within one bound.
    private func awaitWithdrawal(of machine: PodMachine) async {
        let key = ObjectKey(.pods, namespace: machine.spec.namespace, name: machine.spec.name)
        guard let pod = context.store.get(key), pod.uid == machine.spec.uid, context.traffic.leads(to: pod) else {
            return
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await context.traffic.withdrawal(of: pod)
                await drain(machine)
            }
            group.addTask { try? await context.effects.time.sleep(for: Self.withdrawalBound) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits until no connection to a port of the pod is open; a request on its way gets its answer.
    private func drain(_ machine: PodMachine) async {
        let ports = machine.spec.allContainers.reduce(into: Set<Int>()) { $0.formUnion($1.ports) }
        guard let pid = machine.containers.lazy.compactMap(\.current?.pid).first else { return }
        var isOpen = true
        while isOpen, !Task.isCancelled {
            // The first look comes after a pause too: a connection may just be on its way in.
            try? await context.effects.time.sleep(for: Self.drainPause)
            let found = try? await BlockingPool.shared.run {
                SocketTable.hasSocket(.established, on: ports, seenBy: pid)
            }
            isOpen = found ?? false
        }
    }

    private func stop(
        _ name: String, id: String, graceSeconds: Int, runsHook: Bool, in machine: PodMachine
    ) async {
        var grace = graceSeconds
        if runsHook, machine.container(named: name)?.spec.preStop != nil {
            let start = context.effects.time.monotonic
            let failure = await runHook(of: name, in: machine, \.preStop, bound: .seconds(graceSeconds))
            if let failure {
                tell(
                    PodNotice(
                        severity: .warning, reason: "FailedPreStopHook", message: "PreStopHook failed: \(failure)",
                        container: name), about: machine.spec)
            }
            // The hook's time is part of the grace, but the process always gets two seconds for its signal.
            let spent = Int((context.effects.time.monotonic - start).components.seconds)
            grace = max(min(2, graceSeconds), graceSeconds - spent)
        }
        while !Task.isCancelled {
            do {
                return try await context.runtime.stopContainer(id, graceSeconds: grace)
            } catch {
                context.logger.warning(
                    "failed to stop container", metadata: ["container.id": "\(id)", "error": "\(error)"])
                try? await context.effects.time.sleep(for: .seconds(1))
            }
        }
    }

    /// Tells people about the pod or one of its containers.
    func tell(_ notice: PodNotice, about spec: PodSpec) {
        let container = notice.container.flatMap { name in spec.allContainers.first { $0.name == name } }
        let reference = EventReference(
            apiVersion: "v1", kind: "Pod", namespace: spec.namespace, name: spec.name, uid: spec.uid,
            fieldPath: container?.fieldPath)
        context.recorder.record(notice.severity, reason: notice.reason, message: notice.message, about: reference)
    }
}
