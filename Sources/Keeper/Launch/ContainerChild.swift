import CLinux
import SystemLinux

/// A container's first process between clone3 and execve: the sole thread of a copy of the keeper.
///
/// The order of the steps is the order of reference runtimes; each says why it stands where it stands.
struct ContainerChild {
    let order: LaunchOrder
    let setup: ContainerSetup
    let channel: ChildChannel
    /// Input, output and errors; nil with a terminal.
    let streams: [Int32]?
    /// An empty directory of the host over which the new root is mounted, in this mount namespace only.
    let staging: String

    func run() -> Never {
        do {
            try prepare()
        } catch {
            channel.fail(error)
        }
    }

    private func prepare() throws(StepFailure) -> Never {
        // A keeper that dies now must not leave a half-made container.
        _ = skiff_set_parent_death_signal(9)
        // First of all: before, the process is in no group of the container, so nothing it does is accounted.
        try during(.cgroup) { () throws(LinuxError) in
            try channel.waitForKeeper()
            if !setup.makes(.user) { try LegacyGroups.join(order.cgroup) }
        }
        try enterNamespaces()
        let root = try RootBuilder(setup: setup, cgroup: order.cgroup, staging: staging).build()
        // The terminal comes from the container's own devpts, so it follows the mounts; it precedes pivot_root because
        // nothing after it may touch paths of the container (CVE-2025-52565: by descriptor only).
        let terminal = try makeTerminal(root)
        try pivot(into: root)
        try finishRoot(root)
        let process = ProcessChild(
            setup: order.process, channel: channel, streams: streams, terminal: terminal,
            usesInit: order.usesInit, waitsForStart: order.waitsForStart
        )
        try process.run()
    }

    private func enterNamespaces() throws(StepFailure) {
        if setup.makes(.user) {
            // The maps are written; become the namespace's root before touching anything that root must own.
            try during(.namespaces) { () throws(LinuxError) in
                _ = try outcome(skiff_setresgid(0)).orThrow("setresgid", "0")
                _ = try outcome(skiff_setresuid(0)).orThrow("setresuid", "0")
            }
        }
        if setup.makes(.cgroup) {
            // After joining the group: the namespace's root is the group the process is in at this moment.
            try during(.namespaces) { () throws(LinuxError) in
                _ = try outcome(skiff_unshare(SKIFF_CLONE_NEWCGROUP)).orThrow("unshare", "cgroup")
            }
        }
    }

    private func makeTerminal(_ root: RootedPath) throws(StepFailure) -> OwnedFD? {
        guard case .terminal(let rows, let columns) = order.stdio.kind else { return nil }
        return try during(.terminal) { () throws(LinuxError) in
            let pair = try PseudoTerminal.open(in: root, rows: rows, columns: columns)
            try pair.bindConsole(in: root)
            try channel.hand(terminal: pair.master)
            return pair.peer
        }
    }

    /// pivot_root(2) with the old root left mounted over the new one and detached: no directory for it is needed in
    /// the image, and no chroot remains to break out of.
    private func pivot(into root: RootedPath) throws(StepFailure) {
        try during(.pivot) { () throws(LinuxError) in
            _ = try outcome(skiff_fchdir(root.root.raw)).orThrow("fchdir", "root")
            _ = try outcome(skiff_pivot_root_here()).orThrow("pivot_root", staging)
            // Slave before detaching: taking the old mounts away must never travel to the host.
            try Mount.propagate(".", SKIFF_MS_SLAVE | SKIFF_MS_REC)
            try Mount.unmount(".")
            _ = try outcome(skiff_chdir("/")).orThrow("chdir", "/")
        }
    }

    private func finishRoot(_ root: RootedPath) throws(StepFailure) {
        // Through a procfs of our own, never through the container's /proc (CVE-2025-52881); before the read-only
        // paths, one of which is /proc/sys.
        if !setup.sysctls.isEmpty {
            try during(.sysctl) { () throws(LinuxError) in try Sysctl.write(setup.sysctls) }
        }
        try during(.hostname) { () throws(LinuxError) in try setNames() }
        // Masks follow the read-only paths: a mask below a read-only path must still be possible.
        try during(.paths) { () throws(LinuxError) in
            try PathHiding.makeReadOnly(setup.readOnlyPaths, in: root)
            try PathHiding.mask(setup.maskedPaths, in: root)
        }
        // Last of the mounts: until here missing targets had to be made.
        if setup.rootReadOnly {
            try during(.root) { () throws(LinuxError) in
                try Mount.change(root.root, set: SKIFF_MOUNT_ATTR_RDONLY, name: "/")
            }
        }
        // Private is what it is already; anything else is a wish that only makes sense once all is mounted.
        if setup.rootPropagation & SKIFF_MS_PRIVATE == 0 {
            try during(.root) { () throws(LinuxError) in try Mount.propagate("/", setup.rootPropagation) }
        }
    }

    private func setNames() throws(LinuxError) {
        if !setup.hostname.isEmpty {
            let name = setup.hostname
            _ = try outcome(skiff_sethostname(name, name.utf8.count)).orThrow("sethostname", name)
        }
        if !setup.domainname.isEmpty {
            let name = setup.domainname
            _ = try outcome(skiff_setdomainname(name, name.utf8.count)).orThrow("setdomainname", name)
        }
    }
}
