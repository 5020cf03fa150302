import OCI
import SystemLinux

/// Computes the process of an exec: the container's own limits, with what the request changes.
enum ExecPlanner {
    /// Users and groups as the running container's own files name them. Blocks.
    static func users(in root: RootedPath) -> UserDatabase {
        UserDatabase(passwd: read("etc/passwd", in: root), group: read("etc/group", in: root))
    }

    private static func read(_ path: String, in root: RootedPath) -> [UInt8]? {
        // O_NONBLOCK: a fifo that the container puts there must not hang the daemon.
        let nonBlocking: Int32 = 0o4000
        guard case .success(let number) = root.tryOpen(path, flags: nonBlocking) else { return nil }
        let file = OwnedFD(number)
        guard (try? file.status().kind) == .regular else { return nil }
        return try? file.read(upTo: UserDatabase.fileMaxBytes)
    }

    /// The process.
    static func process(
        _ exec: ExecRequest,
        container: ContainerRequest,
        hostname: String,
        users: UserDatabase,
        host: HostFacts
    ) throws(RuntimeError) -> RuntimeSpec.Process {
        var request = container
        request.tty = exec.tty
        request.entrypoint = nil
        request.command = exec.arguments
        request.host.privileged = exec.privileged || container.host.privileged
        request.host.consoleSize = exec.consoleSize
        request.environment = ContainerRequest.mergeEnvironment(exec.environment, under: container.environment)
        if !exec.workingDirectory.isEmpty {
            guard exec.workingDirectory.hasPrefix("/") else {
                throw RuntimeError(.invalid, "the working directory \"\(exec.workingDirectory)\" must be absolute")
            }
            request.workingDirectory = exec.workingDirectory
        }
        let user = exec.user.isEmpty ? container.user : exec.user
        let facts = SpecPlanner.Facts(
            id: "", hostname: hostname, identity: try users.resolve(user, groupAdd: container.host.groupAdd),
            cgroupPath: "", host: host
        )
        return try SpecPlanner(request: request, facts: facts).process()
    }
}
