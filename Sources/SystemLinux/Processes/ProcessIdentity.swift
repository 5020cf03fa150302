import Glibc

/// Who this process is.
public enum ProcessIdentity {
    /// Its process id.
    public static var pid: Int32 { getpid() }
    /// Whether it acts as root.
    public static var isRoot: Bool { geteuid() == 0 }
    /// The real user's id.
    public static var uid: UInt32 { getuid() }
}

extension ProcessEnvironment {
    /// The whole environment as `NAME=value`.
    public static var all: [String] {
        var variables: [String] = []
        var next = environ
        while let entry = next.pointee {
            variables.append(String(cString: entry))
            next += 1
        }
        return variables
    }
}
