import CLinux
import Glibc

/// One limit of getrlimit(2).
public struct ResourceLimit: Sendable, Hashable {
    /// The RLIMIT_* number.
    public let rawValue: Int32

    /// The largest value: no limit.
    public static let unlimited = UInt64.max
    /// Number of open files.
    public static let openFiles = ResourceLimit(rawValue: 7)

    private static let names = [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
        "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ]

    private init(rawValue: Int32) { self.rawValue = rawValue }

    /// Finds a limit by name, with or without `RLIMIT_`, in any case; nil when there is none.
    public init?(name: String) {
        let upper = name.uppercased()
        let bare = upper.hasPrefix("RLIMIT_") ? String(upper.dropFirst(7)) : upper
        guard let index = Self.names.firstIndex(of: bare) else { return nil }
        rawValue = Int32(index)
    }

    /// The process's own soft and hard limit.
    public func current() throws(LinuxError) -> (soft: UInt64, hard: UInt64) {
        var (soft, hard): (UInt64, UInt64) = (0, 0)
        _ = try outcome(skiff_getrlimit(rawValue, &soft, &hard)).orThrow("getrlimit", "\(rawValue)")
        return (soft, hard)
    }

    /// Raises the process's soft limit to its hard limit; what is not possible is left as it is.
    public static func raiseOpenFiles() {
        guard let limit = try? openFiles.current() else { return }
        _ = skiff_setrlimit(openFiles.rawValue, limit.hard, limit.hard)
    }
}
