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

extension ProcessEnvironment {
    /// The whole environment by name; of a name that stands twice, the first counts, as in getenv(3).
    public static var dictionary: [String: String] {
        var values: [String: String] = [:]
        for entry in all {
            guard let sign = entry.firstIndex(of: "=") else { continue }
            let name = String(entry[..<sign])
            if values[name] == nil { values[name] = String(entry[entry.index(after: sign)...]) }
        }
        return values
    }
}
