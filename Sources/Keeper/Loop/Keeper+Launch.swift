import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Starts a process: everything up to clone3 and what only the parent can do for its child. The answer is sent when
    /// the child reports.
    func launch(
        _ id: String, _ descriptors: [OwnedFD], _ connection: ClientConnection, _ request: UInt64
    ) throws(KeeperError) {
        let order = try readOrder(id, descriptors)
        let streams = try system("streams") { () throws(LinuxError) in
            try StreamSetup(order.stdio, given: Array(descriptors.dropFirst()))
        }
        let log = try order.stdio.log.map { plan throws(KeeperError) in
            try system("log") { () throws(LinuxError) in try ContainerLog(plan) }
        }
        let target = try joinTarget(order)
        let cgroup = target?.record.cgroup ?? order.cgroup
        let channel = try system("channel") { () throws(LinuxError) in try UnixSocket.pair(.seqpacket) }
        let started = try clone(order, cgroup, target, streams, childChannel: channel.1)
        // The child's end must be closed here, or execve would not close it.
        channel.1.close()
        for end in streams.childEnds ?? [] where order.stdio.kind != .descriptors { end.close() }
        do {
            try prepare(pid: started.pid, order, cgroup)
            try UnixSocket.send([1], on: channel.0)
        } catch {
            _ = skiff_pidfd_send_signal(started.pidfd.raw, SIGKILL)
            throw KeeperError(error, code: .launchFailed, step: LaunchStep.cgroup.rawValue)
        }
        let child = Child(record: record(order, cgroup, pid: started.pid), pidfd: started.pidfd, isOwn: true)
        child.log = log
        child.outOfMemoryBase = OutOfMemory.kills(cgroup) ?? 0
        children[id] = child
        childrenByPID[started.pid] = child
        do {
            try connect(child, streams)
            child.launch = Child.Launch(channel: channel.0, client: connection, request: request)
            try channel.0.setNonBlocking()
            child.launch?.token = try loop.add(channel.0, .read) { [unowned self] _ in readReports(of: child) }
        } catch {
            _ = skiff_pidfd_send_signal(started.pidfd.raw, SIGKILL)
            forget(child)
            throw KeeperError(error, code: .launchFailed, step: LaunchStep.streams.rawValue)
        }
    }

    private func readOrder(_ id: String, _ descriptors: [OwnedFD]) throws(KeeperError) -> LaunchOrder {
        guard let memory = descriptors.first else { throw KeeperError(.protocolViolation, "launch without a plan") }
        let bytes = try system("plan") { () throws(LinuxError) in
            try MemoryFile.readSealed(memory, limit: LaunchOrder.sizeLimit)
        }
        let order = try LaunchOrder.decode(bytes)
        guard order.id == id else { throw KeeperError(.protocolViolation, "plan of \(order.id) came for \(id)") }
        guard children[id] == nil else { throw KeeperError(.alreadyExists, "process \(id) exists already") }
        guard children.count < Self.childLimit else {
            throw KeeperError(.limit, "\(Self.childLimit) processes exist already")
        }
        return order
    }

    private func joinTarget(_ order: LaunchOrder) throws(KeeperError) -> Child? {
        if order.joined.isEmpty { return nil }
        guard let target = children[order.joined], target.record.state == .running else {
            throw KeeperError(.notRunning, "container \(order.joined) is not running")
        }
        return target
    }

    func system<Value>(
        _ step: String, _ body: () throws(LinuxError) -> Value
    ) throws(KeeperError) -> Value {
        do {
            return try body()
        } catch {
            throw KeeperError(error, code: .launchFailed, step: step)
        }
    }

    /// What only the parent can do: a process in a new user namespace may neither join the host's control groups nor
    /// write its own id maps. Any other child joins by itself, which is much faster. The child waits for this.
    private func prepare(pid: Int32, _ order: LaunchOrder, _ cgroup: CgroupPlacement) throws(LinuxError) {
        if let adjustment = order.process.oomScoreAdjustment {
            try writeScore(adjustment, pid)
        }
        guard let container = order.container, container.makes(.user) else { return }
        for directory in LegacyGroups.directories(cgroup) {
            try File.writeControl("\(directory)/cgroup.procs", "\(pid)")
        }
        try File.writeControl("/proc/\(pid)/uid_map", Self.mapText(container.userMappings))
        try File.writeControl("/proc/\(pid)/gid_map", Self.mapText(container.groupMappings))
    }

    /// Lowering the score needs CAP_SYS_RESOURCE: without it the lowest possible one, the keeper's own, stays.
    private func writeScore(_ adjustment: Int32, _ pid: Int32) throws(LinuxError) {
        do {
            try File.writeControl("/proc/\(pid)/oom_score_adj", "\(adjustment)")
        } catch  where error.errno == .accessDenied && adjustment < 0 {
            KeeperJournal.note("oom_score_adj \(adjustment) of pid \(pid) cannot be set on this host")
        }
    }

    private static func mapText(_ ranges: [IDRange]) -> String {
        ranges.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
    }

    private func record(_ order: LaunchOrder, _ cgroup: CgroupPlacement, pid: Int32) -> ChildRecord {
        let hasTerminal = if case .terminal = order.stdio.kind { true } else { false }
        return ChildRecord(
            id: order.id, container: order.joined, state: .running, pid: pid,
            startTicks: ProcessStart.ticks(of: pid) ?? 0, startedAt: WallClock.nanoseconds, log: order.stdio.log,
            hasTerminal: hasTerminal, closesInputOnce: order.stdio.closesInputOnce, cgroup: cgroup
        )
    }

    // MARK: - Reports of the child

    func readReports(of child: Child) {
        while let launch = child.launch {
            do {
                let datagram = try UnixSocket.receive(on: launch.channel, room: ChildReport.sizeLimit, wait: false)
                guard let datagram else { return finishLaunch(child) }
                try take(try ChildReport.decode(datagram.bytes), datagram.descriptors, child)
            } catch let error as LinuxError where error.errno == .wouldBlock {
                return
            } catch {
                KeeperJournal.note("report of process \(child.record.id) failed: \(error)")
                return finishLaunch(child)
            }
        }
    }

    private func take(_ report: ChildReport, _ descriptors: [OwnedFD], _ child: Child) throws {
        switch report {
        case .failed(let step, let message, let errno):
            child.launch?.failure = KeeperError(
                .launchFailed, message, step: step, errno: errno == 0 ? nil : Errno(errno)
            )
        case .terminal:
            if let master = descriptors.first { try connectTerminal(child, master) }
        case .executing: child.launch?.isExecuting = true
        case .ready:
            child.record.state = .created
            answerStarted(child)
        }
    }

    /// The channel closed: the program runs, or the child has given up.
    private func finishLaunch(_ child: Child) {
        guard let launch = child.launch else { return }
        launch.token.map { loop.remove($0) }
        launch.channel.close()
        child.launch?.token = nil
        if let failure = launch.failure { return fail(child, failure) }
        // Killed before execve (by the out-of-memory killer, say): the end of the process will tell.
        guard launch.isExecuting else { return }
        child.launch?.hasExecuted = true
        child.record.state = .running
        child.record.startedAt = WallClock.nanoseconds
        answerStarted(child)
        child.launch = nil
    }

    private func answerStarted(_ child: Child) {
        guard let launch = child.launch, let client = launch.client else { return }
        let held = child.handedOver
        client.send(
            .started(record: child.currentRecord, roles: held.roles), request: launch.request,
            descriptors: held.descriptors
        )
        child.launch?.client = nil
    }

    /// Answers a launch that failed and forgets the process; it ends by itself and is reaped like any other.
    func fail(_ child: Child, _ error: KeeperError) {
        child.launch?.client?.send(Self.failure(error), request: child.launch?.request ?? 0)
        child.launch?.token.map { loop.remove($0) }
        let wasCreated = child.record.state == .created
        child.launch = nil
        // A created container is known to its daemon: its end must be told.
        if wasCreated { return }
        forget(child)
    }

    /// Drops a process that never ran.
    func forget(_ child: Child) {
        closeStreams(of: child)
        children[child.record.id] = nil
        if childrenByPID[child.record.pid] === child { childrenByPID[child.record.pid] = nil }
    }

    /// Lets a created process execute.
    func start(_ id: String, _ connection: ClientConnection, _ request: UInt64) throws(KeeperError) {
        let child = try child(id)
        guard child.record.state == .created, let launch = child.launch else {
            throw KeeperError(.busy, "process \(id) does not wait for start")
        }
        child.launch?.client = connection
        child.launch?.request = request
        try system(LaunchStep.session.rawValue) { () throws(LinuxError) in
            try UnixSocket.send([1], on: launch.channel, wait: false)
        }
    }
}
