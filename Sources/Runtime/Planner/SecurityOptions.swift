/// What `--security-opt` asks for. Pure.
struct SecurityOptions: Sendable, Hashable {
    /// Which system call filter applies.
    enum Seccomp: Sendable, Hashable {
        /// Docker's default policy.
        case builtin
        /// None.
        case unconfined
    }

    var seccomp: Seccomp
    var noNewPrivileges = false

    /// - Throws: `.unsupported` for an option this runtime doesn't enforce, naming it.
    init(_ options: [String], privileged: Bool) throws(RuntimeError) {
        seccomp = privileged ? .unconfined : .builtin
        for option in options {
            // Docker accepts both `name=value` and the older `name:value`.
            let cut = option.firstIndex { $0 == "=" || $0 == ":" }
            let name = cut.map { String(option[..<$0]) } ?? option
            let value = cut.map { String(option[option.index(after: $0)...]) } ?? ""
            switch (name, value) {
            case ("no-new-privileges", ""), ("no-new-privileges", "true"): noNewPrivileges = true
            case ("no-new-privileges", "false"): noNewPrivileges = false
            case ("seccomp", "unconfined"): seccomp = .unconfined
            case ("seccomp", "builtin"): seccomp = .builtin
            case ("seccomp", _):
                throw RuntimeError(
                    .unsupported,
                    "custom seccomp profiles are not supported by skiff; use seccomp=builtin or seccomp=unconfined"
                )
            // This is what a host without AppArmor or SELinux does anyway.
            case ("apparmor", "unconfined"), ("label", "disable"): break
            default:
                throw RuntimeError(
                    .unsupported, "security option \"\(option)\" is not supported by skiff; leave it out")
            }
        }
    }
}
