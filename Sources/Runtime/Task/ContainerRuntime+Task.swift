import Effects
import Images
import Keeper
import Logging
import OCI
import Synchronization
import SystemLinux

extension ContainerRuntime {
    /// Ids of tasks begin with this; a daemon that finds one running that it did not start ends it.
    static let taskPrefix = "task-"

    /// Runs a program to its end. It is no container: no record, no name, no log; it ends with the daemon.
    ///
    /// - Parameters:
    ///   - request: what to run.
    ///   - output: gets standard output and error as they come; one call at a time.
    /// - Returns: the exit; 127 or 126 when the program can't run.
    /// - Throws: `RuntimeError`; `CancellationError` after the program was killed.
    public func runTask(
        _ request: TaskRequest,
        output: @escaping @Sendable (LogRecord.Stream, [UInt8]) async -> Void
    ) async throws -> ContainerExit {
        let id = Self.taskPrefix + effects.hexID()
        let run = TaskRun()
        tasks.withLock { $0[id] = run }
        defer { tasks.withLock { $0[id] = nil } }
        var record = taskRecord(request, id: id)
        do {
            let exit = try await perform(request, record: &record, run: run, output: output)
            await finishTask(record)
            return exit
        } catch {
            await finishTask(record)
            throw error
        }
    }

    private func taskRecord(_ request: TaskRequest, id: String) -> ContainerRecord {
        var wish = ContainerRequest(image: "task")
        wish.command = request.arguments
        wish.environment = request.environment
        wish.workingDirectory = request.workingDirectory
        wish.user = request.user
        wish.hostname = request.hostname
        wish.host.networkMode = request.network
        wish.host.extraHosts = request.extraHosts
        wish.host.privileged = request.privileged
        wish.host.resources = request.resources
        wish.host.shmSizeBytes = request.shmSizeBytes
        wish.host.mounts = request.mounts
        return ContainerRecord(
            id: id, name: id, createdAt: effects.now, request: wish, imageID: "",
            hostname: request.hostname.isEmpty
                ? String(id.dropFirst(Self.taskPrefix.count).prefix(12)) : request.hostname,
            machine: ContainerStateMachine(policy: .no, autoRemove: false)
        )
    }

    private func perform(
        _ request: TaskRequest,
        record: inout ContainerRecord,
        run: TaskRun,
        output: @escaping @Sendable (LogRecord.Stream, [UInt8]) async -> Void
    ) async throws -> ContainerExit {
        let wishes = try MountPlan.wishes(of: record.request)
        var joined = JoinedNamespaces()
        switch NetworkMode(record.request) {
        case .none: joined.ownsNetwork = true
        case .host:
            joined.namespaces.network = .host
            joined.files = .ownWithHostResolver
        case .own(let names):
            joined.namespaces.network = .path(try await attachTask(&record, to: names.first ?? "bridge"))
            joined.ownsNetwork = true
        case .container:
            throw RuntimeError(.unsupported, "a build step cannot join another container's network")
        }
        let half = record
        let records = records
        let volumes = volumes
        record = try await BlockingPool.shared.run {
            var record = half
            try records.makeDirectory(record.id)
            record.mounts = try MountSources.make(wishes, volumes: volumes)
            return record
        }
        let work = PreparationWork(
            record: record, root: request.root, joined: joined, cgroupPath: cgroupPath(record), host: facts,
            records: records, cgroups: cgroups, hostGateway: record.attachments.first?.gateway
        )
        var (plan, _) = try await BlockingPool.shared.run { try work.run() }
        // Nobody would see what it writes before the streams are joined.
        plan.waitsForStart = true
        return try await execute(plan, run: run, output: output)
    }

    private func attachTask(_ record: inout ContainerRecord, to name: String) async throws -> String {
        guard let network else {
            throw RuntimeError(.unavailable, "no network module runs; use --network=none for this step")
        }
        let pinned = PinnedNamespaces(directory: namespaceDirectory(record.id))
        try await BlockingPool.shared.run { try pinned.pin([.network]) }
        let attachment = try await network.attach(
            NetworkAttachRequest(
                containerID: record.id, containerName: record.name, hostname: record.hostname, network: name,
                namespacePath: pinned.path(.network)
            )
        )
        record.attachments = [attachment]
        return pinned.path(.network)
    }

    private func execute(
        _ plan: LaunchPlan,
        run: TaskRun,
        output: @escaping @Sendable (LogRecord.Stream, [UInt8]) async -> Void
    ) async throws -> ContainerExit {
        let id = plan.id
        do {
            _ = try await keeper.launch(plan, descriptors: [])
            let streams = try await join(
                id, isTerminal: false, options: AttachOptions(input: false, output: true, errors: true),
                opensInput: false
            )
            try await keeper.start(id)
            return try await withTaskCancellationHandler {
                async let errors: Void = Self.pump(streams.errors, .errors, output)
                await Self.pump(streams.output, .output, output)
                await errors
                let exit = try await run.exit()
                try Task.checkCancellation()
                return exit
            } onCancel: {
                finishing.start { [keeper] in try? await keeper.signal(id, Signal.kill) }
            }
        } catch let error as KeeperError {
            let failure = StartFailure.explain(error, executable: plan.spec.process?.args?.first ?? "")
            guard failure.exitCode != 128 else { throw failure.error }
            await output(.errors, Array("\(failure.error.message)\n".utf8))
            return ContainerExit(code: failure.exitCode, at: effects.now)
        }
    }

    private static func pump(
        _ stream: DescriptorStream?,
        _ channel: LogRecord.Stream,
        _ output: @escaping @Sendable (LogRecord.Stream, [UInt8]) async -> Void
    ) async {
        guard let stream else { return }
        // A broken pipe is the end of the output; the exit says the rest.
        while let bytes = try? await stream.read() { await output(channel, bytes) }
    }

    private func finishTask(_ record: ContainerRecord) async {
        await detachNetworks(of: record)
        await releaseHostObjects(id: record.id, cgroup: cgroupPath(record))
        let records = records
        do {
            try await BlockingPool.shared.run { try records.remove(record.id) }
        } catch {
            logger.error(
                "failed to remove a build step's files", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
    }
}
