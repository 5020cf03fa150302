import CLinux
import Glibc
import SystemLinux

/// The change from the keeper's root to the container's user, its capabilities and its system call filter.
struct Credentials {
    private let setup: ProcessSetup

    init(_ setup: ProcessSetup) {
        self.setup = setup
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
        let needed: UInt64 = setup.seccomp.isEmpty || setup.noNewPrivileges
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
        let known = Self.known
        _ = try outcome(skiff_capset(effective & known, permitted & known, setup.capabilities.inheritable & known))
            .orThrow("capset", String(permitted, radix: 16))
    }

    private func raiseAmbient() throws(LinuxError) {
        for capability in Int32(0)..<64 where setup.capabilities.ambient & (1 << UInt64(capability)) != 0 {
            _ = try outcome(skiff_ambient_raise(capability)).orThrow("PR_CAP_AMBIENT_RAISE", "\(capability)")
        }
    }

    /// The capabilities this kernel has.
    private static var known: UInt64 {
        (Int32(0)..<64).reduce(0) { skiff_bounding_has($1) >= 0 ? $0 | 1 << UInt64($1) : $0 }
    }
}
