import CLinux
import Glibc
import SystemLinux

/// The change from the keeper's root to the container's user, its capabilities and its system call filter.
struct Credentials {
    private let setup: ProcessSetup
    /// What can be handed on at all: the keeper's own. What is beyond cannot be granted, which the specification does
    /// not count as a failure (config.md, "capabilities"); the daemon says so when it plans.
    private let grantable: UInt64

    init(_ setup: ProcessSetup) throws(LinuxError) {
        self.setup = setup
        var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
        _ = try outcome(skiff_capget(&effective, &permitted, &inheritable)).orThrow("capget")
        grantable = permitted
    }

    /// Takes from the bounding set everything the plan does not name: execve can never bring it back.
    func dropBounding() throws(LinuxError) {
        for capability in Int32(0)..<64 {
            if setup.capabilities.bounding & (1 << UInt64(capability)) != 0 { continue }
            // The kernel knows fewer than 64; the first unknown one ends the list.
            guard case .success(let present) = outcome(skiff_bounding_has(capability)) else { return }
            if present == 1 {
                _ = try outcome(skiff_bounding_drop(capability)).orThrow("PR_CAPBSET_DROP", "\(capability)")
            }
        }
    }

    /// Groups, then group, then user: each step needs the privilege the next one takes away. Capabilities are kept
    /// over the change of user, so the sets can be made exactly afterwards.
    func become() throws(LinuxError) {
        _ = try outcome(skiff_set_keep_caps(1)).orThrow("PR_SET_KEEPCAPS")
        let groups = setup.groups
        switch outcome(skiff_setgroups(groups, groups.count)) {
        case .success: break
        // A user namespace with `setgroups deny` has none to set; asking for some is an error then.
        case .failure(.notPermitted) where groups.isEmpty: break
        case .failure(let errno): throw LinuxError("setgroups", "\(groups)", errno)
        }
        _ = try outcome(skiff_setresgid(setup.groupID)).orThrow("setresgid", "\(setup.groupID)")
        _ = try outcome(skiff_setresuid(setup.userID)).orThrow("setresuid", "\(setup.userID)")
        _ = try outcome(skiff_set_keep_caps(0)).orThrow("PR_SET_KEEPCAPS")
        // Changing ids made the process dumpable as the system says; nobody may trace it before execve
        // (CVE-2016-9962).
        _ = try outcome(skiff_set_dumpable(0)).orThrow("PR_SET_DUMPABLE")
    }

    /// The filter as late as possible, so that it need not allow what setting up needs, and then the final sets.
    func confine() throws(LinuxError) {
        let wanted = setup.capabilities
        // Without no_new_privs installing a filter needs CAP_SYS_ADMIN: keep it for this one call.
        let needed: UInt64 =
            setup.seccomp.isEmpty || setup.noNewPrivileges
            ? 0 : 1 << UInt64(Capability.sysAdmin.rawValue)
        try set(effective: wanted.effective | needed, permitted: wanted.permitted | needed)
        if wanted.ambient != 0 { try raiseAmbient() }
        if setup.noNewPrivileges { _ = try outcome(skiff_set_no_new_privs()).orThrow("PR_SET_NO_NEW_PRIVS") }
        if setup.seccomp.isEmpty { return }
        _ = try outcome(skiff_seccomp_install(setup.seccomp, setup.seccomp.count, 0))
            .orThrow("seccomp", "\(setup.seccomp.count / 8) instructions")
        if needed != 0 { try set(effective: wanted.effective, permitted: wanted.permitted) }
    }

    private func set(effective: UInt64, permitted: UInt64) throws(LinuxError) {
        let inheritable = setup.capabilities.inheritable & grantable
        _ = try outcome(skiff_capset(effective & grantable, permitted & grantable, inheritable))
            .orThrow("capset", String(permitted, radix: 16))
    }

    private func raiseAmbient() throws(LinuxError) {
        let ambient = setup.capabilities.ambient & grantable
        for capability in Int32(0)..<64 where ambient & (1 << UInt64(capability)) != 0 {
            _ = try outcome(skiff_ambient_raise(capability)).orThrow("PR_CAP_AMBIENT_RAISE", "\(capability)")
        }
    }
}
