import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Takes over a process of a dead keeper. It is not our child: its end is read from its pidfd.
    func adopt(_ record: ChildRecord, _ roles: [DescriptorRole], _ descriptors: [OwnedFD]) throws(KeeperError) {
        guard children[record.id] == nil else {
            throw KeeperError(.alreadyExists, "process \(record.id) exists already")
        }
        guard roles.count == descriptors.count else { throw BinaryReader.malformed }
        let given = Dictionary(zip(roles, descriptors)) { first, _ in first }
        guard let pidfd = given[.pidfd] ?? openProcess(record) else {
            return recordLost(record)
        }
        let child = Child(record: record, pidfd: pidfd, isOwn: false)
        // A created process waits for a word of the keeper that is gone; it has ended by its parent's death signal.
        child.record.state = .running
        if let plan = record.log {
            child.log = try? ContainerLog(plan, droppedBytes: record.droppedLogBytes)
        }
        child.outOfMemoryBase = 0
        children[record.id] = child
        do {
            if let terminal = given[.terminal] {
                try connectTerminal(child, terminal)
            } else {
                var streams = StreamSetup()
                (streams.input, streams.output, streams.errors) = (given[.input], given[.output], given[.errors])
                try connect(child, streams)
            }
            child.pidfdToken = try loop.add(pidfd, .read) { [unowned self] _ in adoptedEnded(child) }
        } catch {
            children[record.id] = nil
            throw KeeperError(error)
        }
    }

    /// A pidfd by number and start time, when both still name the same process.
    private func openProcess(_ record: ChildRecord) -> OwnedFD? {
        guard case .success(let raw) = outcome(skiff_pidfd_open(record.pid, 0)) else { return nil }
        let pidfd = OwnedFD(raw)
        return ProcessStart.ticks(of: record.pid) == record.startTicks ? pidfd : nil
    }

    func adoptedEnded(_ child: Child) {
        var info = skiff_process_info()
        let asked = outcome(skiff_pidfd_info(child.pidfd.raw, &info))
        if case .success = asked, info.has_exit_status == 0 {
            // Ended but not yet reaped by its new parent, which happens at once: the next turn will know. A parent that
            // never reaps leaves a zombie, whose status nobody can read.
            if let state = ProcessState.letter(of: child.record.pid), state == "Z", child.reapAttempts < 100 {
                child.reapAttempts += 1
                _ = skiff_poll_one(-1, 0, 1)
                return
            }
        }
        let kills = OutOfMemory.kills(child.record.cgroup) ?? 0
        if case .success = asked, info.has_exit_status != 0 {
            let status = WaitStatus(info.exit_status)
            let outOfMemory = kills > 0
            let reason: ExitRecord.Reason =
                status.signal == nil
                ? .exited
                : status.signal == SIGKILL && outOfMemory ? .outOfMemory : .signaled
            return finish(child, code: status.code, reason: reason, outOfMemory: outOfMemory)
        }
        // Before Linux 6.15 the kernel cannot tell: unknown, never invented.
        finish(child, code: ExitRecord.unknownCode, reason: .keeperLost, outOfMemory: kills > 0)
    }

    /// The process is gone and left no trace of how.
    private func recordLost(_ record: ChildRecord) {
        let child = Child(record: record, pidfd: OwnedFD(-1), isOwn: false)
        children[record.id] = child
        finish(child, code: ExitRecord.unknownCode, reason: .keeperLost, outOfMemory: false)
    }
}
