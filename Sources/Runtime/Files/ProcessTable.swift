import SystemLinux

/// Reads /proc. Calls block; what can't be read (a process that just ended) is left out.
enum ProcessTable {
    /// Clock ticks per second of /proc (USER_HZ, fixed on Linux).
    static let ticksPerSecond: Int64 = 100

    /// One process; nil when it is gone.
    static func read(_ pid: Int32, bootTime: Int64) -> ContainerProcess? {
        guard let stat = try? File.readText("/proc/\(pid)/stat", limit: 4096),
            let status = try? File.status("/proc/\(pid)")
        else { return nil }
        // The name may hold blanks and parentheses, so fields are counted after the last one.
        guard let end = stat.lastIndex(of: ")"), let start = stat.firstIndex(of: "(") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Int64($0) ?? 0 }
        guard fields.count > 19 else { return nil }
        let name = stat[stat.index(after: start)..<end]
        let line = (try? File.read("/proc/\(pid)/cmdline", limit: 64 * 1024)) ?? []
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return ContainerProcess(
            pid: pid, parentPID: Int32(clamping: fields[1]), userID: status.userID,
            startedAt: bootTime + fields[19] / ticksPerSecond, cpuSeconds: (fields[11] + fields[12]) / ticksPerSecond,
            terminal: terminal(fields[4]), command: words.isEmpty ? "[\(name)]" : words.joined(separator: " ")
        )
    }

    /// `pts/N` for the device number of a pseudo terminal (major 136 to 143).
    static func terminal(_ device: Int64) -> String {
        let major = (device >> 8) & 0xfff
        let minor = (device & 0xff) | ((device >> 12) & 0xfff00)
        return (136...143).contains(major) ? "pts/\(minor)" : "?"
    }

    /// When the host booted, seconds since the epoch.
    static func bootTime() -> Int64 {
        let line = statLines().first { $0.hasPrefix("btime ") }
        return line.flatMap { Int64($0.dropFirst(6)) } ?? 0
    }

    /// CPU time of all cores, in nanoseconds.
    static func hostCPUNanoseconds() -> UInt64 {
        guard let line = statLines().first(where: { $0.hasPrefix("cpu ") }) else { return 0 }
        // user nice system idle iowait irq softirq steal; guest time is part of user already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }.reduce(0, +)
        return ticks * (1_000_000_000 / UInt64(ticksPerSecond))
    }

    private static func statLines() -> [Substring] {
        ((try? File.readText("/proc/stat", limit: 4 << 20)) ?? "").split(separator: "\n")
    }

    /// Memory of the host, in bytes.
    static func hostMemoryBytes() -> UInt64 {
        let text = (try? File.readText("/proc/meminfo", limit: 64 * 1024)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0) * 1024
    }

    /// Counters of the interfaces in a process's network namespace, without loopback.
    static func interfaces(ofProcess pid: Int32) -> [InterfaceUsage] {
        let text = (try? File.readText("/proc/\(pid)/net/dev", limit: 1 << 20)) ?? ""
        return text.split(separator: "\n").dropFirst(2).compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let name = parts[0].filter { $0 != " " }
            let numbers = parts[1].split(separator: " ").compactMap { UInt64($0) }
            guard name != "lo", numbers.count >= 12 else { return nil }
            return InterfaceUsage(name: name, received: Array(numbers[0..<4]), sent: Array(numbers[8..<12]))
        }
    }
}
