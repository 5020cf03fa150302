import OCI
import SystemLinux

extension CgroupLimits {
    /// Translates the specification's `linux.resources`. Throws `invalidPlan` or `unsupported` naming the field.
    public init(oci resources: RuntimeSpec.Resources) throws(KeeperError) {
        self.init()
        if let memory = resources.memory {
            memoryBytes = memory.limit
            memoryAndSwapBytes = memory.swap
            memoryReservationBytes = memory.reservation
            swappiness = memory.swappiness
            disableOOMKiller = memory.disableOOMKiller
        }
        if let cpu = resources.cpu {
            if cpu.realtimeRuntime != nil || cpu.realtimePeriod != nil {
                throw KeeperError(.unsupported, "linux.resources.cpu: real-time scheduling limits are not supported")
            }
            cpuShares = cpu.shares
            cpuQuotaMicroseconds = cpu.quota
            cpuPeriodMicroseconds = cpu.period
            cpuBurstMicroseconds = cpu.burst
            cpuIdle = cpu.idle
            cpusetCPUs = cpu.cpus
            cpusetMems = cpu.mems
        }
        pids = resources.pids?.limit
        if let block = resources.blockIO {
            blockWeight = block.weight
            blockWeights = (block.weightDevice ?? []).compactMap { device in
                device.weight.map { BlockDevice(major: device.major, minor: device.minor, value: UInt64($0)) }
            }
            readBytesPerSecond = Self.rates(block.throttleReadBpsDevice)
            writeBytesPerSecond = Self.rates(block.throttleWriteBpsDevice)
            readOperationsPerSecond = Self.rates(block.throttleReadIOPSDevice)
            writeOperationsPerSecond = Self.rates(block.throttleWriteIOPSDevice)
        }
        for limit in resources.hugepageLimits ?? [] { hugePages[limit.pageSize] = limit.limit }
        for rule in resources.devices ?? [] { devices.append(try Self.device(rule)) }
        unified = resources.unified ?? [:]
    }

    private static func rates(_ devices: [RuntimeSpec.ThrottleDevice]?) -> [BlockDevice] {
        (devices ?? []).map { BlockDevice(major: $0.major, minor: $0.minor, value: $0.rate) }
    }

    private static func device(_ rule: RuntimeSpec.DeviceRule) throws(KeeperError) -> Device {
        let type = rule.type ?? "a"
        guard let letter = type.first, type.count == 1, "abc".contains(letter) else {
            throw KeeperError(.invalidPlan, "linux.resources.devices: unknown type \(type)")
        }
        let access = rule.access ?? "rwm"
        guard access.allSatisfy("rwm".contains) else {
            throw KeeperError(.invalidPlan, "linux.resources.devices: unknown access \(access)")
        }
        // -1 means all, as in devices.allow's star.
        let (major, minor) = (rule.major.flatMap { $0 < 0 ? nil : $0 }, rule.minor.flatMap { $0 < 0 ? nil : $0 })
        return Device(allow: rule.allow, type: letter, major: major, minor: minor, access: access)
    }
}

extension CgroupPlacement {
    /// The directories of a group made by `CgroupDriver`.
    public init(_ group: Cgroup) {
        self.init(unified: group.unifiedDirectory, legacy: group.legacyDirectories)
    }
}
