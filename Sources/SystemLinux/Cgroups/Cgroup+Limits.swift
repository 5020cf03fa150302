import CLinux
import Glibc

extension Cgroup {
    /// Sets limits. Returns what this host cannot limit, by controller, for the caller to report; a value that the
    /// kernel refuses is thrown with its control file.
    public func apply(_ limits: CgroupLimits) throws(LinuxError) -> [String] {
        var missing: Set<String> = []
        let useLegacy = !hierarchies.legacy.isEmpty
        let writes = useLegacy ? LegacyControls.writes(limits) : UnifiedControls.writes(limits)
        for write in writes {
            guard let directory = directory(for: write.controller) else {
                missing.insert(write.controller)
                continue
            }
            try perform(write, in: directory, &missing)
        }
        if !limits.devices.isEmpty { try applyDevices(limits.devices, &missing) }
        for (file, value) in limits.unified.sorted(by: { $0.key < $1.key }) {
            guard let unified = unifiedDirectory, !file.contains("/") else {
                missing.insert("unified")
                continue
            }
            try File.writeControl("\(unified)/\(file)", value)
        }
        return missing.sorted()
    }

    /// One value for one control file.
    struct Write: Hashable {
        let controller: String
        let file: String
        let value: String
        /// Left out without a word when the kernel lacks the file (an option of its build).
        var optional = false

        init(_ controller: String, _ file: String, _ value: some CustomStringConvertible, optional: Bool = false) {
            self.controller = controller
            self.file = file
            self.value = value.description
            self.optional = optional
        }
    }

    private func directory(for controller: String) -> String? {
        hierarchies.legacy.isEmpty ? unifiedDirectory : legacyDirectories[controller]
    }

    private func perform(_ write: Write, in directory: String, _ missing: inout Set<String>) throws(LinuxError) {
        let path = "\(directory)/\(write.file)"
        guard File.exists(path) else {
            if !write.optional { missing.insert(write.file) }
            return
        }
        do {
            try File.writeControl(path, write.value)
        } catch  where write.file == "memory.limit_in_bytes" || write.file == "memory.memsw.limit_in_bytes" {
            // Memory and memory-plus-swap must stay ordered at every instant, whichever way they move.
            try reorderMemory(write, in: directory, after: error)
        }
    }

    /// Raising: swap first, then memory. Lowering: memory first. The plain order is memory first, so a failure there
    /// means the other order: lift the swap limit, and try again; its own write follows.
    private func reorderMemory(_ write: Write, in directory: String, after error: LinuxError) throws(LinuxError) {
        guard write.file == "memory.limit_in_bytes", error.errno == .invalid else { throw error }
        try File.writeControl("\(directory)/memory.memsw.limit_in_bytes", "-1")
        try File.writeControl("\(directory)/memory.limit_in_bytes", write.value)
    }

    private func applyDevices(_ rules: [CgroupLimits.Device], _ missing: inout Set<String>) throws(LinuxError) {
        if let devices = legacyDirectories["devices"] {
            for rule in rules {
                let file = rule.allow ? "devices.allow" : "devices.deny"
                try File.writeControl("\(devices)/\(file)", LegacyControls.deviceText(rule))
            }
        } else if let unified = unifiedDirectory {
            try DeviceProgram.install(rules, at: unified)
        } else {
            missing.insert("devices")
        }
    }
}

/// The control files of v1.
enum LegacyControls {
    static func writes(_ limits: CgroupLimits) -> [Cgroup.Write] {
        memory(limits) + processor(limits) + block(limits) + other(limits)
    }

    private static func memory(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let bytes = limits.memoryBytes { writes.append(.init("memory", "memory.limit_in_bytes", bytes)) }
        if let bytes = limits.memoryAndSwapBytes {
            // Missing when the kernel does not count swap: then there is none to limit.
            writes.append(.init("memory", "memory.memsw.limit_in_bytes", bytes, optional: true))
        }
        if let bytes = limits.memoryReservationBytes {
            writes.append(.init("memory", "memory.soft_limit_in_bytes", bytes))
        }
        if let value = limits.swappiness { writes.append(.init("memory", "memory.swappiness", value)) }
        if let value = limits.disableOOMKiller {
            writes.append(.init("memory", "memory.oom_control", value ? 1 : 0))
        }
        return writes
    }

    private static func processor(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let shares = limits.cpuShares { writes.append(.init("cpu", "cpu.shares", max(2, shares))) }
        if let period = limits.cpuPeriodMicroseconds { writes.append(.init("cpu", "cpu.cfs_period_us", period)) }
        if let quota = limits.cpuQuotaMicroseconds { writes.append(.init("cpu", "cpu.cfs_quota_us", quota)) }
        if let burst = limits.cpuBurstMicroseconds { writes.append(.init("cpu", "cpu.cfs_burst_us", burst)) }
        if let idle = limits.cpuIdle { writes.append(.init("cpu", "cpu.idle", idle)) }
        if let cpus = limits.cpusetCPUs { writes.append(.init("cpuset", "cpuset.cpus", cpus)) }
        if let mems = limits.cpusetMems { writes.append(.init("cpuset", "cpuset.mems", mems)) }
        return writes
    }

    private static func block(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let weight = limits.blockWeight { writes.append(.init("blkio", "blkio.bfq.weight", weight)) }
        for device in limits.blockWeights {
            writes.append(.init("blkio", "blkio.bfq.weight_device", text(device)))
        }
        let throttles: [(String, [CgroupLimits.BlockDevice])] = [
            ("blkio.throttle.read_bps_device", limits.readBytesPerSecond),
            ("blkio.throttle.write_bps_device", limits.writeBytesPerSecond),
            ("blkio.throttle.read_iops_device", limits.readOperationsPerSecond),
            ("blkio.throttle.write_iops_device", limits.writeOperationsPerSecond),
        ]
        for (file, devices) in throttles {
            for device in devices { writes.append(.init("blkio", file, text(device))) }
        }
        return writes
    }

    private static func other(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let pids = limits.pids { writes.append(.init("pids", "pids.max", pids <= 0 ? "max" : "\(pids)")) }
        for (size, bytes) in limits.hugePages.sorted(by: { $0.key < $1.key }) {
            writes.append(.init("hugetlb", "hugetlb.\(size).limit_in_bytes", bytes))
        }
        return writes
    }

    private static func text(_ device: CgroupLimits.BlockDevice) -> String {
        "\(device.major):\(device.minor) \(device.value)"
    }

    /// The form of devices.allow: `c 1:3 rwm`.
    static func deviceText(_ rule: CgroupLimits.Device) -> String {
        if rule.type == "a" { return "a" }
        let major = rule.major.map(String.init) ?? "*"
        let minor = rule.minor.map(String.init) ?? "*"
        return "\(rule.type) \(major):\(minor) \(rule.access)"
    }
}

/// The control files of v2.
enum UnifiedControls {
    static func writes(_ limits: CgroupLimits) -> [Cgroup.Write] {
        memory(limits) + processor(limits) + block(limits) + other(limits)
    }

    private static func amount(_ value: Int64) -> String { value < 0 ? "max" : "\(value)" }

    private static func memory(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let bytes = limits.memoryBytes { writes.append(.init("memory", "memory.max", amount(bytes))) }
        if let bytes = limits.swapOnlyBytes {
            writes.append(.init("memory", "memory.swap.max", amount(bytes), optional: true))
        }
        if let bytes = limits.memoryReservationBytes { writes.append(.init("memory", "memory.low", amount(bytes))) }
        // v2 knows neither: say so instead of ignoring.
        if limits.swappiness != nil { writes.append(.init("memory", "memory.swappiness", "")) }
        if limits.disableOOMKiller == true { writes.append(.init("memory", "memory.oom_control", "")) }
        return writes
    }

    private static func processor(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let shares = limits.cpuShares {
            writes.append(.init("cpu", "cpu.weight", CgroupLimits.weight(forShares: shares)))
        }
        if limits.cpuQuotaMicroseconds != nil || limits.cpuPeriodMicroseconds != nil {
            let quota = limits.cpuQuotaMicroseconds.map { $0 <= 0 ? "max" : "\($0)" } ?? "max"
            writes.append(.init("cpu", "cpu.max", "\(quota) \(limits.cpuPeriodMicroseconds ?? 100_000)"))
        }
        if let burst = limits.cpuBurstMicroseconds { writes.append(.init("cpu", "cpu.max.burst", burst)) }
        if let idle = limits.cpuIdle { writes.append(.init("cpu", "cpu.idle", idle)) }
        if let cpus = limits.cpusetCPUs { writes.append(.init("cpuset", "cpuset.cpus", cpus)) }
        if let mems = limits.cpusetMems { writes.append(.init("cpuset", "cpuset.mems", mems)) }
        return writes
    }

    private static func block(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let weight = limits.blockWeight {
            writes.append(.init("io", "io.weight", "default \(CgroupLimits.ioWeight(forBlockWeight: weight))"))
        }
        for device in limits.blockWeights {
            let weight = CgroupLimits.ioWeight(forBlockWeight: UInt16(clamping: device.value))
            writes.append(.init("io", "io.weight", "\(device.major):\(device.minor) \(weight)"))
        }
        let throttles: [(String, [CgroupLimits.BlockDevice])] = [
            ("rbps", limits.readBytesPerSecond), ("wbps", limits.writeBytesPerSecond),
            ("riops", limits.readOperationsPerSecond), ("wiops", limits.writeOperationsPerSecond),
        ]
        for (key, devices) in throttles {
            for device in devices {
                writes.append(.init("io", "io.max", "\(device.major):\(device.minor) \(key)=\(device.value)"))
            }
        }
        return writes
    }

    private static func other(_ limits: CgroupLimits) -> [Cgroup.Write] {
        var writes: [Cgroup.Write] = []
        if let pids = limits.pids { writes.append(.init("pids", "pids.max", pids <= 0 ? "max" : "\(pids)")) }
        for (size, bytes) in limits.hugePages.sorted(by: { $0.key < $1.key }) {
            writes.append(.init("hugetlb", "hugetlb.\(size).max", bytes))
        }
        return writes
    }
}
