import CLinux
import Glibc

extension File {
    /// Sets the time of the last change of content, nanoseconds since the epoch; a link itself is meant. The time of
    /// the last access becomes the same. Blocks.
    public static func setModified(_ path: String, nanoseconds: Int64) throws(LinuxError) {
        let billion: Int64 = 1_000_000_000
        // Times before 1970 need a floor, because tv_nsec is never negative.
        let fraction = ((nanoseconds % billion) + billion) % billion
        let time = timespec(tv_sec: Int((nanoseconds - fraction) / billion), tv_nsec: Int(fraction))
        _ = try outcome(skiff_utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)).orThrow("utimensat", path)
    }
}
