/// The control group file systems of a host, found in its mount table.
public struct CgroupHierarchies: Sendable, Hashable {
    /// How a host arranges its controllers.
    public enum Mode: String, Sendable {
        /// One tree with all controllers (v2).
        case unified
        /// One tree per controller (v1) and an empty unified one for tracking.
        case hybrid
        /// One tree per controller only (v1).
        case legacy
        /// None mounted.
        case none
    }

    /// Where the unified tree is mounted.
    public let unified: String?
    /// Where each v1 controller is mounted: `memory`, `cpu`, `name=systemd` …
    public let legacy: [String: String]

    /// Controllers whose limits Skiff knows.
    static let knownControllers = [
        "cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "devices", "freezer", "hugetlb",
    ]

    /// Names the trees.
    public init(unified: String?, legacy: [String: String] = [:]) {
        self.unified = unified
        self.legacy = legacy
    }

    /// Reads the mount table of this process.
    public static func detect() throws(LinuxError) -> CgroupHierarchies {
        CgroupHierarchies(mountInfo: try File.readText("/proc/self/mountinfo"))
    }

    /// Reads a text in the form of `/proc/self/mountinfo` (proc(5)).
    public init(mountInfo: String) {
        var unified: String?
        var legacy: [String: String] = [:]
        for line in mountInfo.split(separator: "\n") {
            let halves = line.split(separator: " ")
            guard let dash = halves.firstIndex(of: "-"), dash >= 6, halves.count >= dash + 4 else { continue }
            let place = Self.unescape(halves[4])
            switch halves[dash + 1] {
            case "cgroup2": unified = unified ?? place
            case "cgroup":
                for option in halves[dash + 3].split(separator: ",") {
                    let name = String(option)
                    let isController =
                        Self.knownControllers.contains(name) || name.hasPrefix("name=")
                        || ["net_cls", "net_prio", "perf_event", "rdma", "misc"].contains(name)
                    if isController, legacy[name] == nil { legacy[name] = place }
                }
            default: continue
            }
        }
        self.init(unified: unified, legacy: legacy)
    }

    /// How the host arranges its controllers.
    public var mode: Mode {
        switch (unified, legacy.isEmpty) {
        case (nil, true): .none
        case (nil, false): .legacy
        case (_?, true): .unified
        case (_?, false): .hybrid
        }
    }

    /// The mount table writes blanks in paths as `\040`.
    private static func unescape(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
