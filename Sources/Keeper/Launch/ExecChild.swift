import CLinux
import SystemLinux

/// A process joining a running container, between clone3 and execve. It was born in the container's pid namespace
/// and control group already.
struct ExecChild {
    let order: LaunchOrder
    let channel: ChildChannel
    let streams: [Int32]?
    /// The container's first process.
    let target: OwnedFD
    /// The container's control groups.
    let cgroup: CgroupPlacement
    /// CLONE_NEW* of the namespaces to join.
    let namespaces: UInt64

    func run() -> Never {
        do {
            try prepare()
        } catch {
            channel.fail(error)
        }
    }

    private func prepare() throws(StepFailure) -> Never {
        _ = skiff_set_parent_death_signal(9)
        // Before the namespaces: in the container's mounts the groups' files are out of reach.
        try during(.cgroup) { () throws(LinuxError) in
            try channel.waitForKeeper()
            try LegacyGroups.join(cgroup)
        }
        // All at once and by pidfd: the process cannot be exchanged for another between two of them. The copy of the
        // keeper is not dumpable, so the container's processes can neither trace it nor open its program
        // (CVE-2016-9962, CVE-2019-5736).
        try during(.namespaces) { () throws(LinuxError) in
            _ = try outcome(skiff_setns(target.raw, namespaces)).orThrow("setns", "container \(order.joined)")
        }
        let terminal = try makeTerminal()
        try ProcessChild(
            setup: order.process, channel: channel, streams: streams, terminal: terminal,
            waitsForStart: order.waitsForStart
        ).run()
    }

    private func makeTerminal() throws(StepFailure) -> OwnedFD? {
        guard case .terminal(let rows, let columns) = order.stdio.kind else { return nil }
        return try during(.terminal) { () throws(LinuxError) in
            // The mount namespace's root is ours now.
            let root = RootedPath(root: try File.open("/", [.path, .directory]))
            let pair = try PseudoTerminal.open(in: root, rows: rows, columns: columns)
            try channel.hand(terminal: pair.master)
            return pair.peer
        }
    }
}
