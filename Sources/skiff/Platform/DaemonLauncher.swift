import Clients
import SystemLinux

/// Starts the daemon of one instance and waits until it answers.
struct DaemonLauncher {
    /// The descriptor on which a starting daemon reports `ready`, or what went wrong.
    static let readyDescriptor: Int32 = 3

    let location: ClusterLocation

    init(_ location: ClusterLocation) {
        self.location = location
    }

    /// Starts the daemon unless it answers already. Racing callers start it once. Blocks until it answers.
    /// - Returns: whether this call started it.
    /// - Throws: `DaemonError` with the daemon's own words when it can't start.
    @discardableResult
    func ensureRunning() throws -> Bool {
        guard ProcessIdentity.isRoot else {
            throw DaemonError(
                .notReachable,
                "the platform needs root to make namespaces and mounts; run it with sudo"
            )
        }
        try Directory.make(location.runDirectory, mode: 0o755)
        let lock = try FileLock("\(location.runDirectory)/start.lock")
        defer { lock.release() }
        guard !DaemonClient(socketPath: location.dockerSocket).isReachable else { return false }
        try start()
        return true
    }

    private func start() throws {
        try Directory.make(location.stateDirectory, mode: 0o711)
        let null = try File.open("/dev/null", [.readWrite])
        let log = try File.open("\(location.stateDirectory)/daemon.log", [.write, .create, .append], mode: 0o600)
        let ready = try OwnedFD.pipe()
        _ = try DetachedProcess.spawn(
            executable: DetachedProcess.ownExecutable(),
            arguments: ["daemon", "--cluster", location.name, "--ready-fd", String(Self.readyDescriptor)],
            environment: ProcessEnvironment.all,
            descriptors: [null, log, log, ready.write]
        )
        ready.write.close()
        let report = String(decoding: try ready.read.readToEnd(), as: UTF8.self)
        if report.hasPrefix("ready") { return }
        let reason = report.isEmpty ? "it ended without a word" : report
        throw DaemonError(
            .notReachable,
            "the daemon could not start: \(reason)\nits log is \(location.stateDirectory)/daemon.log"
        )
    }
}
