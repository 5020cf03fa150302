import SystemLinux

/// Joining v1 control groups. (The unified one is entered by clone3 itself.)
enum LegacyGroups {
    /// Each directory once: two controllers may share a tree.
    static func directories(_ placement: CgroupPlacement) -> [String] {
        Set(placement.legacy.values).sorted()
    }

    /// Moves the calling process, which has one thread. A thread that writes 0 to `tasks` moves itself, and only then
    /// the kernel does without its global lock, whose writers wait for an RCU grace period (8 ms; kernel/cgroup/cgroup.c,
    /// cgroup_procs_write_start).
    static func join(_ placement: CgroupPlacement) throws(LinuxError) {
        for directory in directories(placement) { try File.writeControl("\(directory)/tasks", "0") }
    }
}
