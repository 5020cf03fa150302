import Effects
import Images
import OCI
import SystemLinux

extension StageExecutor {
    /// Works out what a RUN depends on and how to carry it out.
    func prepareRun(
        _ run: RunStep, origins: [CopyOrigin: StepOrigin], on result: StageResult
    ) async throws -> LayerWork {
        var digests: [String] = []
        for mount in run.mounts {
            guard case .bind(let bind) = mount.mount, let origin = origins[mount.origin] else {
                digests.append("")
                continue
            }
            digests.append(try await contentDigest([bind.source], from: origin).digest)
        }
        let network = network(of: run)
        let hosts = session.request.extraHosts
        let inputs = CacheInputs.run(
            run, parent: result.key, mountDigests: digests, network: "\(network)", hosts: hosts)
        return LayerWork(inputs: inputs) { root, number in
            try await withMountLocks(run.mounts) {
                try await execute(run, origins: origins, root: root, network: network, number: number)
            }
        }
    }

    /// RUN's own flag wins over the request's network; both default to a sandbox.
    private func network(of run: RunStep) -> StepNetwork {
        switch run.network {
        case .none: .none
        case .host: .host
        case .default: session.request.network
        }
    }

    /// Holds the cache mounts that no other step may use at the same time, in one order for all steps.
    ///
    /// `sharing=private` waits as `locked` does: there is one directory for each id.
    private func withMountLocks(
        _ mounts: [RunStep.ResolvedMount], _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        var names: Set<String> = []
        for mount in mounts {
            if case .cache(let cache) = mount.mount, cache.sharing != .shared { names.insert(cache.id) }
        }
        try await withLocks(names.sorted()[...], body)
    }

    private func withLocks(
        _ names: ArraySlice<String>, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let first = names.first else { return try await body() }
        try await engine.mountLocks.withLock(first) { try await withLocks(names.dropFirst(), body) }
    }

    private func execute(
        _ run: RunStep, origins: [CopyOrigin: StepOrigin], root: OverlayRoot, network: StepNetwork, number: Int
    ) async throws {
        let preparation = MountPreparation(
            engine: engine, request: session.request, scratch: "\(session.scratch)/run-\(number)",
            secretDirectory: "\(session.secretDirectory)/\(number)")
        let mounts = try await preparation.mounts(of: run, origins: origins)
        let stubs = try await engine.images.makeScratch()
        let images = engine.images
        do {
            try await preparation.makeMountPoints(
                for: mounts.mounts, workingDirectory: run.workingDirectory, in: stubs.path, below: root)
            let step = RunnableStep(
                id: "\(BuildEngine.containerPrefix)\(session.id)-\(number)",
                root: OverlayRoot(lower: [stubs.path] + root.lower, upper: root.upper, work: root.work),
                arguments: run.arguments, environment: environment(of: run, secrets: mounts.environment),
                workingDirectory: run.workingDirectory, user: run.user, network: network,
                extraHosts: session.request.extraHosts, mounts: mounts.mounts)
            let reporter = reporter
            let exitCode = try await engine.runner.run(step) { output in reporter.output(number, output) }
            try Task.checkCancellation()
            guard exitCode == 0 else {
                throw BuilderError(
                    .stepFailed,
                    "process \(GoText.quoted(run.arguments.joined(separator: " "))) did not complete successfully: "
                        + "exit code: \(exitCode)", exitCode: exitCode)
            }
        } catch {
            await uncancelled { try? await images.discard(stubs) }
            throw error
        }
        try await images.discard(stubs)
    }

    /// The step's variables; the host's own settings never replace what the image or the Dockerfile says.
    private func environment(of run: RunStep, secrets: [String]) -> [String] {
        var list = run.environment
        var names = Set(list.map { String($0.prefix { $0 != "=" }) })
        let extra = engine.trust.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        for entry in secrets + run.proxyEnvironment + extra {
            let name = String(entry.prefix { $0 != "=" })
            if names.insert(name).inserted { list.append(entry) }
        }
        return list
    }
}
