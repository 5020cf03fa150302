import CLinux
import SystemLinux

/// The program as containers see it through /proc/PID/exe: on a detached read-only mount, so that nobody can open it
/// for writing, whatever becomes of the processes that run it (CVE-2019-5736). No copy is made.
enum SealedProgram {
    /// The argument that says that this already runs from the read-only mount.
    static let mark = "--sealed"

    /// Executes the file behind `program` from a read-only mount. Returns only the reason why it could not.
    static func execute(_ program: OwnedFD, arguments: [String]) -> LinuxError {
        do {
            let mount = try Mount.copy(of: program, recursive: false)
            try Mount.change(mount, set: SKIFF_MOUNT_ATTR_RDONLY, name: "program")
            let argv = CStringArray(["skiff", KeeperVerb.name] + arguments + [mark])
            let environment = CStringArray([])
            let errno = argv.withPointers { argv in
                environment.withPointers { envp in Errno(-skiff_execveat(mount.raw, argv, envp)) }
            }
            return LinuxError("execveat", "keeper", errno)
        } catch {
            return error
        }
    }
}
