import Effects

extension PodOperator {
    /// Runs a probe; returns nil when it succeeded, else what failed.
    func probe(_ name: String, kind: ProbeKind, in machine: PodMachine) async -> String? {
        guard let container = machine.container(named: name), let id = container.current?.id else {
            return "container is not running"
        }
        let spec: ProbeSpec?
        switch kind {
        case .startup: spec = container.spec.startup
        case .liveness: spec = container.spec.liveness
        case .readiness: spec = container.spec.readiness
        }
        guard let spec else { return nil }
        guard let handler = spec.handler else { return "the probe names no supported handler" }
        return await run(handler, in: id, of: machine, timeout: spec.timeout)
    }

    /// Runs a lifecycle hook; returns nil when it succeeded, else what failed.
    func runHook(
        of name: String, in machine: PodMachine, _ hook: KeyPath<ContainerSpec, HandlerSpec?>, bound: Duration
    ) async -> String? {
        guard let container = machine.container(named: name), let handler = container.spec[keyPath: hook],
            let id = container.current?.id
        else { return nil }
        return await run(handler, in: id, of: machine, timeout: bound)
    }

    private func run(
        _ handler: HandlerSpec, in id: String, of machine: PodMachine, timeout: Duration
    ) async -> String? {
        let address =
            machine.spec.hostNetwork
            ? context.configuration.internalAddress : machine.sandbox.product?.addresses.first ?? ""
        switch handler {
        case .exec(let command):
            return await execute(command, in: id, timeout: timeout)
        case .httpGet(let target):
            return await context.prober.get(target, address: address, timeout: timeout)
        case .tcpSocket(let host, let port):
            return await context.prober.connect(host: host.isEmpty ? address : host, port: port, timeout: timeout)
        case .sleep(let seconds):
            try? await context.effects.time.sleep(for: min(.seconds(seconds), timeout))
            return nil
        }
    }

    private func execute(_ command: [String], in id: String, timeout: Duration) async -> String? {
        do {
            let result = try await context.runtime.execute(
                command, in: id, timeout: timeout, outputLimitBytes: Self.outputLimitBytes)
            if result.exitCode == 0 { return nil }
            let output = String(decoding: result.output, as: UTF8.self)
            return output.isEmpty ? "command exited with code \(result.exitCode)" : output
        } catch let error as PodRuntimeError where error.kind == .timedOut {
            return "command timed out: \(command.joined(separator: " ")) timed out after \(timeout.components.seconds)s"
        } catch {
            return "\(error)"
        }
    }
}
