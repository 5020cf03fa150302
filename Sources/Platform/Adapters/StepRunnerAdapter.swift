import Builder
import Runtime

/// Runs the builder's steps as tasks of the container runtime.
struct StepRunnerAdapter: StepRunner {
    let runtime: ContainerRuntime

    func run(_ step: RunnableStep, output: @escaping @Sendable (StepOutput) -> Void) async throws -> Int {
        let exit = try await runtime.runTask(Self.task(step)) { stream, bytes in
            output(StepOutput(stream: stream == .output ? .standardOutput : .standardError, bytes: bytes))
        }
        return exit.code
    }

    /// The step in the runtime's words. Pure.
    static func task(_ step: RunnableStep) -> TaskRequest {
        var task = TaskRequest(root: step.root, arguments: step.arguments)
        task.environment = step.environment
        task.workingDirectory = step.workingDirectory
        task.user = step.user
        task.extraHosts = step.extraHosts
        switch step.network {
        case .sandbox: task.network = "bridge"
        case .none: task.network = "none"
        case .host: task.network = "host"
        case .named(let name): task.network = name
        }
        for mount in step.mounts { task.mounts.append(request(mount)) }
        return task
    }

    private static func request(_ mount: StepMount) -> MountRequest {
        switch mount.source {
        case .path(let path):
            return MountRequest(kind: .bind, source: path, target: mount.target, readOnly: mount.isReadOnly)
        case .tmpfs(let sizeBytes):
            var request = MountRequest(kind: .tmpfs, target: mount.target, readOnly: mount.isReadOnly)
            request.tmpfsSizeBytes = sizeBytes ?? 0
            return request
        }
    }
}
