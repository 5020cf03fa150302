import OCI

/// Turns limits into the form of the runtime specification. Pure; device numbers come from the caller.
enum ResourcePlan {
    /// The period that `--cpus` counts in, microseconds.
    static let cpuPeriodMicroseconds: UInt64 = 100_000

    /// A device node of the host as the caller found it.
    struct FoundDevice: Sendable, Hashable {
        var request: DeviceRequest
        /// `c` or `b`.
        var type: String
        var major: Int64
        var minor: Int64
        var mode: UInt32
        var uid: UInt32
        var gid: UInt32
    }

    static func resources(
        _ request: ResourceRequest,
        privileged: Bool,
        devices: [FoundDevice],
        throttled: [String: (major: Int64, minor: Int64)]
    ) throws(RuntimeError) -> RuntimeSpec.Resources {
        var out = RuntimeSpec.Resources()
        out.devices = try deviceRules(request, privileged: privileged, devices: devices)
        out.memory = memory(request)
        out.cpu = cpu(request)
        if let limit = request.pidsLimit, limit > 0 { out.pids = RuntimeSpec.Pids(limit: limit) }
        out.blockIO = try blockIO(request, throttled: throttled)
        return out
    }

    static func memory(_ request: ResourceRequest) -> RuntimeSpec.Memory? {
        var out = RuntimeSpec.Memory()
        if request.memoryBytes > 0 {
            out.limit = request.memoryBytes
            // As Docker does: without a word about swap a container gets as much swap as memory.
            out.swap = request.memorySwapBytes == 0 ? request.memoryBytes * 2 : request.memorySwapBytes
        }
        if request.memoryReservationBytes > 0 { out.reservation = request.memoryReservationBytes }
        if let swappiness = request.memorySwappiness, swappiness >= 0 { out.swappiness = UInt64(swappiness) }
        if request.oomKillDisable { out.disableOOMKiller = true }
        return out == RuntimeSpec.Memory() ? nil : out
    }

    static func cpu(_ request: ResourceRequest) -> RuntimeSpec.CPU? {
        var out = RuntimeSpec.CPU()
        if request.cpuShares > 0 { out.shares = UInt64(request.cpuShares) }
        if request.nanoCPUs > 0 {
            out.period = cpuPeriodMicroseconds
            out.quota = request.nanoCPUs * Int64(cpuPeriodMicroseconds) / 1_000_000_000
        } else {
            if request.cpuPeriodMicroseconds > 0 { out.period = UInt64(request.cpuPeriodMicroseconds) }
            if request.cpuQuotaMicroseconds != 0 { out.quota = request.cpuQuotaMicroseconds }
        }
        if !request.cpusetCPUs.isEmpty { out.cpus = request.cpusetCPUs }
        if !request.cpusetMems.isEmpty { out.mems = request.cpusetMems }
        return out == RuntimeSpec.CPU() ? nil : out
    }

    private static func blockIO(
        _ request: ResourceRequest,
        throttled: [String: (major: Int64, minor: Int64)]
    ) throws(RuntimeError) -> RuntimeSpec.BlockIO? {
        var out = RuntimeSpec.BlockIO()
        if request.blkioWeight > 0 { out.weight = UInt16(clamping: request.blkioWeight) }
        for kind in BlkioThrottle.Kind.allCases {
            var devices: [RuntimeSpec.ThrottleDevice] = []
            for entry in request.blkioThrottle where entry.kind == kind {
                guard let number = throttled[entry.path] else {
                    throw RuntimeError(.invalid, "no such block device to throttle: \(entry.path)")
                }
                devices.append(
                    RuntimeSpec.ThrottleDevice(
                        major: number.major, minor: number.minor, rate: UInt64(clamping: entry.rate))
                )
            }
            if devices.isEmpty { continue }
            switch kind {
            case .readBps: out.throttleReadBpsDevice = devices
            case .writeBps: out.throttleWriteBpsDevice = devices
            case .readIOps: out.throttleReadIOPSDevice = devices
            case .writeIOps: out.throttleWriteIOPSDevice = devices
            }
        }
        return out == RuntimeSpec.BlockIO() ? nil : out
    }

    private static func deviceRules(
        _ request: ResourceRequest,
        privileged: Bool,
        devices: [FoundDevice]
    ) throws(RuntimeError) -> [RuntimeSpec.DeviceRule] {
        if privileged { return [RuntimeSpec.DeviceRule(allow: true, access: "rwm")] }
        var rules = ContainerDefaults.deviceRules
        for device in devices {
            rules.append(
                RuntimeSpec.DeviceRule(
                    allow: true, type: device.type, major: device.major, minor: device.minor,
                    access: device.request.permissions
                )
            )
        }
        for text in request.deviceCgroupRules { rules.append(try rule(text)) }
        return rules
    }

    /// Reads `c 10:200 rwm`, with `*` for any number.
    static func rule(_ text: String) throws(RuntimeError) -> RuntimeSpec.DeviceRule {
        let words = text.split(separator: " ")
        let numbers = words.count == 3 ? words[1].split(separator: ":") : []
        func number(_ part: Substring) throws(RuntimeError) -> Int64? {
            if part == "*" { return nil }
            guard let number = Int64(part), number >= 0 else { throw malformed(text) }
            return number
        }
        guard words.count == 3, ["a", "b", "c"].contains(words[0]), numbers.count == 2,
            words[2].allSatisfy({ "rwm".contains($0) })
        else { throw malformed(text) }
        return RuntimeSpec.DeviceRule(
            allow: true, type: String(words[0]), major: try number(numbers[0]), minor: try number(numbers[1]),
            access: String(words[2])
        )
    }

    private static func malformed(_ text: String) -> RuntimeError {
        RuntimeError(
            .invalid,
            "invalid device cgroup rule \"\(text)\": expected TYPE MAJOR:MINOR ACCESS such as \"c 10:200 rwm\"")
    }
}
