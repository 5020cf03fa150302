/// What a control group used, from whichever files this host has. Times in nanoseconds, sizes in bytes.
public struct CgroupStatistics: Sendable, Hashable {
    /// Processor time used.
    public var cpuNanoseconds: UInt64 = 0
    /// Of it, in user mode.
    public var cpuUserNanoseconds: UInt64 = 0
    /// Of it, in the kernel.
    public var cpuSystemNanoseconds: UInt64 = 0
    /// Scheduling periods, those throttled, and the time lost.
    public var throttlePeriods: UInt64 = 0
    /// Periods in which the quota ran out.
    public var throttledPeriods: UInt64 = 0
    /// Time spent waiting for the next period.
    public var throttledNanoseconds: UInt64 = 0
    /// Memory in use, caches included.
    public var memoryBytes: UInt64 = 0
    /// Most memory ever in use.
    public var memoryPeakBytes: UInt64 = 0
    /// The limit; nil for none.
    public var memoryLimitBytes: UInt64?
    /// File pages that can be dropped: `docker stats` subtracts them.
    public var memoryInactiveFileBytes: UInt64 = 0
    /// The rest of the kernel's memory counters.
    public var memoryDetails: [String: UInt64] = [:]
    /// Allocations that hit the limit.
    public var memoryFailures: UInt64 = 0
    /// Processes and threads.
    public var pids: UInt64 = 0
    /// Their limit; nil for none.
    public var pidsLimit: UInt64?
    /// Bytes read from block devices.
    public var blockReadBytes: UInt64 = 0
    /// Bytes written to block devices.
    public var blockWriteBytes: UInt64 = 0

    /// All zero.
    public init() {}

    /// Lines of `key value`.
    static func flatKeyed(_ text: String) -> [String: UInt64] {
        var values: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, let value = UInt64(parts[1]) { values[String(parts[0])] = value }
        }
        return values
    }
}

extension Cgroup {
    /// Reads the counters; what the host does not count stays zero.
    public func statistics() -> CgroupStatistics {
        hierarchies.legacy.isEmpty ? unifiedStatistics() : legacyStatistics()
    }

    private func unifiedStatistics() -> CgroupStatistics {
        var statistics = CgroupStatistics()
        guard let directory = unifiedDirectory else { return statistics }
        let cpu = keyed(directory, "cpu.stat")
        statistics.cpuNanoseconds = (cpu["usage_usec"] ?? 0) * 1000
        statistics.cpuUserNanoseconds = (cpu["user_usec"] ?? 0) * 1000
        statistics.cpuSystemNanoseconds = (cpu["system_usec"] ?? 0) * 1000
        statistics.throttlePeriods = cpu["nr_periods"] ?? 0
        statistics.throttledPeriods = cpu["nr_throttled"] ?? 0
        statistics.throttledNanoseconds = (cpu["throttled_usec"] ?? 0) * 1000
        statistics.memoryBytes = number(directory, "memory.current") ?? 0
        statistics.memoryPeakBytes = number(directory, "memory.peak") ?? 0
        statistics.memoryLimitBytes = number(directory, "memory.max")
        statistics.memoryDetails = keyed(directory, "memory.stat")
        statistics.memoryInactiveFileBytes = statistics.memoryDetails["inactive_file"] ?? 0
        statistics.memoryFailures = keyed(directory, "memory.events")["max"] ?? 0
        statistics.pids = number(directory, "pids.current") ?? 0
        statistics.pidsLimit = number(directory, "pids.max")
        for line in text(directory, "io.stat").split(separator: "\n") {
            for field in line.split(separator: " ").dropFirst() {
                let pair = field.split(separator: "=")
                guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
                if pair[0] == "rbytes" { statistics.blockReadBytes += value }
                if pair[0] == "wbytes" { statistics.blockWriteBytes += value }
            }
        }
        return statistics
    }

    private func legacyStatistics() -> CgroupStatistics {
        var statistics = CgroupStatistics()
        let directories = legacyDirectories
        if let cpu = directories["cpuacct"] {
            statistics.cpuNanoseconds = number(cpu, "cpuacct.usage") ?? 0
            statistics.cpuUserNanoseconds = number(cpu, "cpuacct.usage_user") ?? 0
            statistics.cpuSystemNanoseconds = number(cpu, "cpuacct.usage_sys") ?? 0
        }
        if let cpu = directories["cpu"] {
            let throttle = keyed(cpu, "cpu.stat")
            statistics.throttlePeriods = throttle["nr_periods"] ?? 0
            statistics.throttledPeriods = throttle["nr_throttled"] ?? 0
            statistics.throttledNanoseconds = throttle["throttled_time"] ?? 0
        }
        if let memory = directories["memory"] {
            statistics.memoryBytes = number(memory, "memory.usage_in_bytes") ?? 0
            statistics.memoryPeakBytes = number(memory, "memory.max_usage_in_bytes") ?? 0
            // "No limit" is the largest page-aligned number there.
            statistics.memoryLimitBytes = number(memory, "memory.limit_in_bytes").flatMap { $0 < 1 << 62 ? $0 : nil }
            statistics.memoryDetails = keyed(memory, "memory.stat")
            statistics.memoryInactiveFileBytes = statistics.memoryDetails["total_inactive_file"] ?? 0
            statistics.memoryFailures = number(memory, "memory.failcnt") ?? 0
        }
        if let pids = directories["pids"] {
            statistics.pids = number(pids, "pids.current") ?? 0
            statistics.pidsLimit = number(pids, "pids.max")
        }
        if let block = directories["blkio"] {
            for line in text(block, "blkio.throttle.io_service_bytes_recursive").split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count == 3, let value = UInt64(fields[2]) else { continue }
                if fields[1] == "Read" { statistics.blockReadBytes += value }
                if fields[1] == "Write" { statistics.blockWriteBytes += value }
            }
        }
        return statistics
    }

    private func text(_ directory: String, _ file: String) -> String {
        (try? File.readText("\(directory)/\(file)")) ?? ""
    }

    private func keyed(_ directory: String, _ file: String) -> [String: UInt64] {
        CgroupStatistics.flatKeyed(text(directory, file))
    }

    /// A file with one number; nil for `max` and for a missing file.
    private func number(_ directory: String, _ file: String) -> UInt64? {
        UInt64(text(directory, file).prefix { !$0.isWhitespace })
    }
}
