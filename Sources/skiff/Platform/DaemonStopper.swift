import Clients
import Document
import SystemLinux

/// Asks a daemon to stop everything and waits until its process is gone.
struct DaemonStopper {
    let client: DaemonClient

    init(_ client: DaemonClient) {
        self.client = client
    }

    /// Blocks until the daemon has ended.
    func stop(graceSeconds: Int) throws {
        let status = try PlatformStatus(client)
        let pid = status.report["daemonPid"]?.intValue.flatMap { Int32(exactly: $0) }
        let process = try pid.map { try PidFD($0) }
        _ = try client.json("POST", "/skiff/v1/down", query: [("t", String(graceSeconds))])
        _ = try process?.wait(milliseconds: -1)
    }
}
