import CLinux
import Glibc
import SystemLinux

/// The keeper's pid for people to read, and the lock that makes it the only one of its cluster.
final class PidFile {
    private let file: OwnedFD

    /// Takes the lock; another living keeper is an error.
    init(_ path: String) throws {
        file = try File.open(path, [.readWrite, .create], mode: 0o600)
        guard skiff_flock(file.raw, LOCK_EX | LOCK_NB) == 0 else {
            throw KeeperError(.alreadyExists, "another keeper holds \(path)")
        }
    }

    /// Takes over the lock of the program image before.
    init(held: OwnedFD) {
        file = held
    }

    /// The locked file's descriptor.
    var descriptor: Int32 { file.raw }

    func write(_ pid: Int32) throws(LinuxError) {
        try file.truncate(to: 0)
        try file.write("\(pid)\n")
    }
}
