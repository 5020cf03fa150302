import SystemLinux

/// What the node shows of its machine. Read once at start; blocks.
public struct HostFacts: Sendable, Hashable {
    /// Usable processors.
    public var processorCount: Int
    /// Memory in bytes.
    public var memoryBytes: Int64
    /// Size of the file system with the pods' files, in bytes.
    public var storageBytes: Int64
    /// `amd64`, `arm64`, …
    public var architecture: String
    /// The kernel's release.
    public var kernelVersion: String
    /// The distribution's name.
    public var osImage: String
    /// /etc/machine-id.
    public var machineID: String
    /// The id of this boot.
    public var bootID: String

    /// Facts given, for tests and simulated nodes.
    public init(
        processorCount: Int, memoryBytes: Int64, storageBytes: Int64, architecture: String = "amd64",
        kernelVersion: String = "6.18.0", osImage: String = "Linux", machineID: String = "", bootID: String = ""
    ) {
        self.processorCount = processorCount
        self.memoryBytes = memoryBytes
        self.storageBytes = storageBytes
        self.architecture = architecture
        self.kernelVersion = kernelVersion
        self.osImage = osImage
        self.machineID = machineID
        self.bootID = bootID
    }

    /// Reads /proc, /etc and the file system at `storagePath`. Files that are missing read as empty.
    public static func read(storagePath: String) -> HostFacts {
        let storage = try? File.filesystem(storagePath)
        return HostFacts(
            processorCount: processorCount(Self.line("/proc/self/status", named: "Cpus_allowed_list")),
            memoryBytes: (Int64(Self.line("/proc/meminfo", named: "MemTotal").prefix { $0 != " " }) ?? 0) * 1024,
            storageBytes: Int64(clamping: storage?.totalBytes ?? 0),
            architecture: Self.machine,
            kernelVersion: Self.text("/proc/sys/kernel/osrelease"),
            osImage: Self.osImage(Self.text("/etc/os-release")),
            machineID: Self.text("/etc/machine-id"),
            bootID: Self.text("/proc/sys/kernel/random/boot_id"))
    }

    /// Counts a list such as `0-3,8`.
    static func processorCount(_ list: String) -> Int {
        let count = list.split(separator: ",").reduce(0) { sum, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return sum }
            return sum + last - first + 1
        }
        return max(1, count)
    }

    /// `PRETTY_NAME` of os-release(5).
    static func osImage(_ file: String) -> String {
        for line in file.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return line.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" }
        }
        return "Linux"
    }

    private static var machine: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }

    private static func text(_ path: String) -> String {
        let text = (try? File.readText(path)) ?? ""
        return String(text.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func line(_ path: String, named name: String) -> String {
        for line in text(path).split(separator: "\n") where line.hasPrefix("\(name):") {
            return String(line.dropFirst(name.count + 1).drop { $0.isWhitespace })
        }
        return ""
    }
}
