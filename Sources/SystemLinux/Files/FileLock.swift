import CLinux
import Glibc

/// An advisory lock on a file (flock(2)), held until `release` or the end of this object's life, also when the
/// process dies. The file is made when missing and never removed (removing a lock file races with its next user).
public final class FileLock: Sendable {
    private let file: OwnedFD

    /// Takes the lock. Shared locks go together; an exclusive one stands alone. With `wait` the call blocks until
    /// the lock is free; without, a held lock is an error with code `busy`.
    public init(_ path: String, shared: Bool = false, wait: Bool = true) throws(LinuxError) {
        file = try File.open(path, [.readWrite, .create], mode: 0o600)
        let operation = (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)
        _ = try retrying { skiff_flock(file.raw, operation) }.orThrow("flock", path)
    }

    /// Gives the lock up now.
    public func release() {
        file.close()
    }
}
