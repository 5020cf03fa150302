import CLinux
import Glibc
import SystemLinux

/// Kernel parameters of the container's namespaces.
enum Sysctl {
    /// Writes them through a private procfs that nothing in the container can cover (CVE-2025-52881).
    static func write(_ parameters: [MountSetup.Parameter]) throws(LinuxError) {
        let proc = try FilesystemContext("proc").mount()
        let inside = RootedPath(root: proc)
        for parameter in parameters {
            let path = "sys/\(parameter.key)"
            let file = try inside.open(path, flags: O_WRONLY, followLinks: false)
            do {
                try file.write(parameter.value)
            } catch {
                throw LinuxError("sysctl", "\(parameter.key)=\(parameter.value)", error.errno)
            }
        }
    }
}
