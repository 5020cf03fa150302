import Effects
import Synchronization
import SystemLinux

/// What the running platform knows of itself, gathered while it starts.
final class PlatformFacts: Sendable {
    private struct State {
        var modules: [StatusReport.Module] = []
        var notes: [String] = []
        var api = ""
        var registry = ""
        var ready: Timestamp?
    }

    private let state = Mutex(State())

    /// Records a module's start.
    func started(_ name: String, took duration: Duration) {
        let milliseconds = duration.wholeNanoseconds / 1_000_000
        state.withLock { $0.modules.append(StatusReport.Module(name: name, milliseconds: milliseconds)) }
    }

    /// Adds something a person should know.
    func note(_ text: String) {
        state.withLock { $0.notes.append(text) }
    }

    /// Records where the servers listen.
    func listens(api: String? = nil, registry: String? = nil) {
        state.withLock { state in
            if let api { state.api = api }
            if let registry { state.registry = registry }
        }
    }

    /// Records that the platform answers.
    func isReady(at time: Timestamp) {
        state.withLock { $0.ready = time }
    }

    /// The report at `now`.
    func report(paths: PlatformPaths, keeperPID: Int32, now: Timestamp, counts: [String: Int]) -> StatusReport {
        state.withLock { state in
            StatusReport(
                cluster: paths.cluster,
                version: Version.text,
                api: state.api,
                registry: state.registry,
                kubeconfig: paths.kubeconfig,
                socket: paths.dockerSocket,
                daemonPid: ProcessIdentity.pid,
                keeperPid: keeperPID,
                uptimeSeconds: state.ready.map { (now - $0).wholeNanoseconds / 1_000_000_000 } ?? 0,
                modules: state.modules,
                notes: state.notes,
                counts: counts
            )
        }
    }
}
