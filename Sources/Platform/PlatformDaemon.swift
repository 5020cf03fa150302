import EventBus
import HTTPService
import Logging
import SystemLinux

/// The daemon: starts every module in order, waits for a reason to end, ends in the reverse order.
public enum PlatformDaemon {
    /// Runs the platform until a signal, `skiff down` or the failure of a module.
    ///
    /// - Parameters:
    ///   - configuration: where state and sockets live.
    ///   - signals: SIGTERM and SIGINT, blocked for the whole process before any thread started.
    ///   - onReady: called once when every verb can be answered.
    /// - Throws: `PlatformError`: another daemon owns the cluster, or a module could not start or failed.
    public static func run(
        _ configuration: PlatformConfiguration,
        signals: SignalDescriptor,
        onReady: @Sendable () -> Void
    ) async throws {
        ServiceEventLoops.boundForProcess()
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "skiff")
        let lock = try await DaemonLock.take(configuration.paths)
        defer { lock.release() }
        let supervisor = Supervisor(logger: logger)
        let platform: RunningPlatform
        do {
            platform = try await PlatformStart(configuration, supervisor: supervisor, logger: logger).run()
        } catch {
            await supervisor.cancelAll()
            throw error
        }
        onReady()
        watch(signals, supervisor: supervisor)
        let reason = await supervisor.stopReason()
        await platform.stop(reason)
        if case .failed(let module, let error) = reason {
            throw PlatformError(.startFailed, "\(module.rawValue) failed; containers run on", cause: error)
        }
    }

    /// Waits for a signal on a thread of its own; a blocking read may not sit in the cooperative pool.
    private static func watch(_ signals: SignalDescriptor, supervisor: Supervisor) {
        let accepted = BlockingPool.shared.submit {
            while (try? Readiness.wait(forInput: [signals.descriptor])) != nil {
                while let signal = signals.next() { supervisor.stop(.signal(signal)) }
            }
        }
        if !accepted { supervisor.stop(.signal(0)) }
    }
}

/// The lock that makes a daemon the only one of its cluster.
struct DaemonLock: Sendable {
    private let lock: FileLock
    private let pidFile: String

    /// Takes the lock and writes the pid file.
    /// - Throws: `alreadyRunning` when another daemon holds it.
    static func take(_ paths: PlatformPaths) async throws -> DaemonLock {
        try await BlockingPool.shared.run {
            try Directory.make(paths.run, mode: 0o755)
            try Directory.make(paths.state, mode: 0o711)
            do {
                let lock = try FileLock(paths.daemonLock, wait: false)
                try File.writeAtomically(
                    paths.daemonPID, Array("\(ProcessIdentity.pid)\n".utf8), mode: 0o644, durable: false
                )
                return DaemonLock(lock: lock, pidFile: paths.daemonPID)
            } catch let error as LinuxError where error.code == .busy {
                throw PlatformError(.alreadyRunning, "another daemon runs cluster \(paths.cluster)", cause: error)
            }
        }
    }

    /// Gives the lock back.
    func release() {
        try? File.remove(pidFile, ifExists: true)
        lock.release()
    }
}
