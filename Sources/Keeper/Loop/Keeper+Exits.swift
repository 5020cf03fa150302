import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Collects every ended child: processes of containers, and orphans that were handed to the keeper as subreaper.
    func reapChildren() {
        var status: Int32 = 0
        while true {
            let pid = skiff_reap_any(&status)
            if pid <= 0 { return }
            guard let child = childrenByPID.removeValue(forKey: pid) else { continue }
            ended(child, status: WaitStatus(status))
        }
    }

    private func ended(_ child: Child, status: WaitStatus) {
        // The last words of a child that reached execve, or failed, may still be in the channel.
        if child.launch != nil { readReports(of: child) }
        if let launch = child.launch, !launch.hasExecuted, child.record.state != .created {
            let reason = status.signal.map { "was killed by signal \($0)" } ?? "exited with \(status.code)"
            return fail(
                child,
                KeeperError(.launchFailed, "process \(child.record.id) \(reason) before its program ran", step: "setup")
            )
        }
        guard children[child.record.id] === child else { return }
        let kills = OutOfMemory.kills(child.record.cgroup) ?? 0
        let outOfMemory = kills > child.outOfMemoryBase
        let reason: ExitRecord.Reason =
            switch status.signal {
            case SIGKILL? where outOfMemory: .outOfMemory
            case .some: .signaled
            case nil: .exited
            }
        finish(child, code: status.code, reason: reason, outOfMemory: outOfMemory)
    }

    /// Records an end, announces it, and keeps it until it is acknowledged.
    func finish(_ child: Child, code: Int32, reason: ExitRecord.Reason, outOfMemory: Bool) {
        if let launch = child.launch {
            // A created container that ended without `start`: whoever is starting it now must hear of it.
            launch.client?.send(
                Self.failure(KeeperError(.notRunning, "process \(child.record.id) has ended")), request: launch.request
            )
            launch.token.map { loop.remove($0) }
            child.launch = nil
        }
        closeStreams(of: child)
        child.pidfdToken.map { loop.remove($0) }
        child.pidfdToken = nil
        let record = ExitRecord(
            id: child.record.id, container: child.record.container, pid: child.record.pid, code: code, reason: reason,
            outOfMemory: outOfMemory, startedAt: child.record.startedAt, finishedAt: WallClock.nanoseconds
        )
        do {
            // On disk first: an end that was announced is never forgotten.
            try exits.write(record)
        } catch {
            KeeperJournal.note("exit record of \(record.id) cannot be written: \(error)")
        }
        child.exit = record
        child.record.state = .exited
        child.pidfd.close()
        announce(.exited(record))
    }
}
