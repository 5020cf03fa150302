import CLinux
import Glibc
import SystemLinux

extension Keeper {
    /// Makes the new process. In the child this call never returns.
    func clone(
        _ order: LaunchOrder, _ cgroup: CgroupPlacement, _ target: Child?, _ streams: StreamSetup,
        childChannel: OwnedFD
    ) throws(KeeperError) -> (pid: Int32, pidfd: OwnedFD) {
        let joined = try openJoins(order, target)
        let directory = try cgroup.unified.map { path throws(KeeperError) in
            try system(LaunchStep.cgroup.rawValue) { () throws(LinuxError) in try File.open(path, .directory) }
        }
        // A cgroup namespace is unshared by the child itself, after it has joined its v1 groups.
        let flags = (order.container?.newNamespaces ?? 0) & ~SKIFF_CLONE_NEWCGROUP
        let streamNumbers = streams.childEnds?.map(\.raw)
        try enter(joined)
        var pidfd: Int32 = -1
        let pid = skiff_clone(flags, directory?.raw ?? -1, &pidfd)
        if pid == 0 {
            run(order, target, ChildChannel(socket: childChannel), streamNumbers)
        }
        leave(joined)
        guard pid > 0 else { throw Self.cloneFailure(Errno(-pid), order) }
        return (pid, OwnedFD(pidfd))
    }

    private func run(_ order: LaunchOrder, _ target: Child?, _ channel: ChildChannel, _ streams: [Int32]?) -> Never {
        if let container = order.container {
            let child = ContainerChild(
                order: order, setup: container, channel: channel, streams: streams,
                staging: configuration.stagingDirectory
            )
            child.run()
        }
        guard let target else { skiff_exit_now(ChildChannel.failedCode) }
        let child = ExecChild(
            order: order, channel: channel, streams: streams, target: target.pidfd,
            cgroup: target.record.cgroup, namespaces: Self.execNamespaces(of: target)
        )
        child.run()
    }

    private static func cloneFailure(_ errno: Errno, _ order: LaunchOrder) -> KeeperError {
        // In a pid namespace whose first process has ended the kernel says "out of memory".
        if errno == Errno(ENOMEM), !order.joined.isEmpty {
            return KeeperError(.notRunning, "container \(order.joined) is not running", errno: errno)
        }
        return KeeperError(
            .launchFailed, "clone3 for \(order.id): \(errno)", step: LaunchStep.clone.rawValue, errno: errno
        )
    }

    /// Everything but the pid namespace, which the process is born in. A user namespace can only be joined when it is
    /// not our own.
    private static func execNamespaces(of target: Child) -> UInt64 {
        var flags = SKIFF_CLONE_NEWNS | SKIFF_CLONE_NEWUTS | SKIFF_CLONE_NEWIPC | SKIFF_CLONE_NEWNET
        flags |= SKIFF_CLONE_NEWCGROUP
        let own = try? File.readLink("/proc/self/ns/user")
        let other = try? File.readLink("/proc/\(target.record.pid)/ns/user")
        if let other, other != own { flags |= SKIFF_CLONE_NEWUSER }
        return flags
    }

    // MARK: - Namespaces the child is born in

    /// The keeper has one thread, so it may step into a namespace, start a process there and step back: the child
    /// needs no second fork, and no privilege after entering a user namespace.
    private func openJoins(
        _ order: LaunchOrder, _ target: Child?
    ) throws(KeeperError) -> [(flag: UInt64, namespace: OwnedFD)] {
        if let target {
            // A pidfd stands for all of a process's namespaces; only the pid namespace must be entered from outside.
            return [(SKIFF_CLONE_NEWPID, target.pidfd)]
        }
        var opened: [(UInt64, OwnedFD)] = []
        for join in order.container?.joins ?? [] {
            guard let kind = Namespaces.Kind.allCases.first(where: { $0.flag == join.flag }) else { continue }
            let path = try resolve(join, kind)
            opened.append(
                (
                    join.flag,
                    try system(LaunchStep.namespaces.rawValue) { () throws(LinuxError) in
                        try Namespaces.open(path, kind)
                    }
                )
            )
        }
        return opened
    }

    private func resolve(_ join: ContainerSetup.Join, _ kind: Namespaces.Kind) throws(KeeperError) -> String {
        let prefix = "container:"
        guard join.path.hasPrefix(prefix) else { return join.path }
        let id = String(join.path.dropFirst(prefix.count))
        guard let other = children[id], other.record.state != .exited else {
            throw KeeperError(
                .notRunning, "container \(id), whose \(kind.rawValue) namespace is wanted, is not running")
        }
        // Its pid cannot be given to another process while it is our unreaped child.
        return "/proc/\(other.record.pid)/ns/\(kind.procName)"
    }

    private func enter(_ joined: [(flag: UInt64, namespace: OwnedFD)]) throws(KeeperError) {
        for (index, join) in joined.enumerated() {
            if case .failure(let errno) = outcome(skiff_setns(join.namespace.raw, join.flag)) {
                leave(Array(joined.prefix(index)))
                throw KeeperError(
                    .launchFailed, "setns: \(errno)", step: LaunchStep.namespaces.rawValue, errno: errno
                )
            }
        }
    }

    private func leave(_ joined: [(flag: UInt64, namespace: OwnedFD)]) {
        for join in joined {
            guard let own = ownNamespaces[join.flag], skiff_setns(own.raw, join.flag) == 0 else {
                // A keeper lost in a container's namespace would start everything else there: better a new one.
                KeeperJournal.note("keeper cannot leave a container's namespace, ending")
                skiff_exit_now(1)
            }
        }
    }
}
