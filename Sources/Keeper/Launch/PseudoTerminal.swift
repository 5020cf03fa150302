import CLinux
import Glibc
import SystemLinux

/// A terminal pair made from the container's own devpts.
struct PseudoTerminal {
    let master: OwnedFD
    let peer: OwnedFD

    /// Opens a new pair. The multiplexer is proven to be devpts' own, and the other side is opened by descriptor, so
    /// no path of the container is trusted (CVE-2025-52565).
    static func open(in root: RootedPath, rows: UInt16, columns: UInt16) throws(LinuxError) -> PseudoTerminal {
        let master = try root.open("/dev/pts/ptmx", flags: O_RDWR | O_NOCTTY, followLinks: false)
        guard try master.filesystem().isDevPTS else {
            throw LinuxError(
                code: .invalid, call: "terminal", argument: "/dev/pts/ptmx", detail: "is not on a devpts file system"
            )
        }
        _ = try outcome(skiff_pty_unlock(master.raw)).orThrow("TIOCSPTLCK", "/dev/pts/ptmx")
        let peer = OwnedFD(try outcome(skiff_pty_peer(master.raw)).orThrow("TIOCGPTPEER", "/dev/pts/ptmx"))
        if rows > 0 && columns > 0 {
            _ = try outcome(skiff_pty_resize(master.raw, rows, columns)).orThrow("TIOCSWINSZ", "/dev/pts/ptmx")
        }
        return PseudoTerminal(master: master, peer: peer)
    }

    /// Binds the terminal at /dev/console (OCI runtime-spec, "Default Devices").
    func bindConsole(in root: RootedPath) throws(LinuxError) {
        let target = try root.makeFile("/dev/console")
        try Mount.attach(try Mount.copy(of: peer, recursive: false), at: target, name: "/dev/console")
    }
}
