/// What a host can give, for checks and plans. Read once at start; a value in tests.
public struct HostFacts: Sendable, Hashable {
    /// Number of cores.
    public var cpuCount: Int
    /// Whether the unified cgroup hierarchy holds the controllers.
    public var cgroupUnified: Bool
    /// Capabilities the kernel knows and this process holds, names as `CAP_CHOWN`.
    public var capabilities: [String]
    /// `thermal_throttle` directories of the cores, which are masked.
    public var thermalThrottlePaths: [String]

    /// Makes facts.
    public init(cpuCount: Int, cgroupUnified: Bool, capabilities: [String], thermalThrottlePaths: [String] = []) {
        self.cpuCount = cpuCount
        self.cgroupUnified = cgroupUnified
        self.capabilities = capabilities
        self.thermalThrottlePaths = thermalThrottlePaths
    }
}

/// Checks of a request that need no image and no state (docker-oci.md §4.6). Pure.
enum RequestValidator {
    private static let memoryMinBytes: Int64 = 6 * 1024 * 1024

    static func check(_ request: ContainerRequest, host: HostFacts) throws(RuntimeError) {
        guard !request.image.isEmpty else { throw RuntimeError(.invalid, "no image specified; name one to run") }
        try checkResources(request.host.resources, host: host)
        try checkModes(request)
        try checkLog(request.host.log)
        guard (-1000...1000).contains(request.host.oomScoreAdj) else {
            throw invalid("oom score adjustment \(request.host.oomScoreAdj) is outside -1000 to 1000")
        }
        guard request.host.shmSizeBytes >= 0 else { throw invalid("shm size cannot be negative") }
        if request.host.autoRemove, request.host.restart != .no {
            throw invalid("can't create a container with both --rm and a restart policy; choose one")
        }
        if !request.stopSignal.isEmpty { _ = try Signal.number(of: request.stopSignal) }
        for duration in [
            request.health?.intervalNanoseconds, request.health?.timeoutNanoseconds,
            request.health?.startPeriodNanoseconds, request.health?.startIntervalNanoseconds,
        ] {
            guard let duration, duration != 0 else { continue }
            guard duration >= 1_000_000 else { throw invalid("health check durations cannot be less than 1ms") }
        }
        for variable in request.environment where variable.isEmpty || variable.hasPrefix("=") {
            throw invalid("invalid environment variable \"\(variable)\": expected NAME=value")
        }
    }

    static func checkResources(_ resources: ResourceRequest, host: HostFacts) throws(RuntimeError) {
        let memory = resources.memoryBytes
        let swap = resources.memorySwapBytes
        if memory != 0, memory < memoryMinBytes { throw invalid("minimum memory limit allowed is 6MB") }
        if swap > 0, memory == 0 {
            throw invalid("you should always set the memory limit when using a memoryswap limit")
        }
        if swap > 0, swap < memory { throw invalid("minimum memoryswap limit should be larger than the memory limit") }
        if resources.memoryReservationBytes > 0, memory > 0, resources.memoryReservationBytes > memory {
            throw invalid("minimum memory limit can not be less than the memory reservation limit")
        }
        if let swappiness = resources.memorySwappiness, !(-1...100).contains(swappiness) {
            throw invalid("memory swappiness \(swappiness) is outside 0 to 100")
        }
        if resources.nanoCPUs != 0 {
            if resources.cpuQuotaMicroseconds != 0 || resources.cpuPeriodMicroseconds != 0 {
                throw invalid("conflicting options: CPUs cannot be set together with CPU period or quota")
            }
            guard resources.nanoCPUs > 0, resources.nanoCPUs <= Int64(host.cpuCount) * 1_000_000_000 else {
                throw invalid(
                    "range of CPUs is from 0.01 to \(host.cpuCount).00, as there are only \(host.cpuCount) CPUs")
            }
        }
        let period = resources.cpuPeriodMicroseconds
        if period != 0, !(1000...1_000_000).contains(period) { throw invalid("CPU cfs period must be 1ms to 1s") }
        let quota = resources.cpuQuotaMicroseconds
        if quota > 0, quota < 1000 { throw invalid("CPU cfs quota cannot be less than 1ms") }
        let weight = resources.blkioWeight
        if weight != 0, !(10...1000).contains(weight) { throw invalid("blkio weight \(weight) is outside 10 to 1000") }
    }

    private static func checkModes(_ request: ContainerRequest) throws(RuntimeError) {
        let host = request.host
        try check(host.ipcMode, named: "IPC", allowed: ["", "private", "shareable", "host"], joins: false)
        try check(host.pidMode, named: "PID", allowed: ["", "host"])
        try check(host.utsMode, named: "UTS", allowed: ["", "host"], joins: false)
        try check(host.cgroupnsMode, named: "cgroup namespace", allowed: ["", "private", "host"], joins: false)
        let network = host.networkMode
        guard network == "host" || network.hasPrefix("container:") else { return }
        let joined = network.hasPrefix("container:")
        if !request.hostname.isEmpty, joined || host.utsMode == "host" {
            throw invalid("conflicting options: hostname and the network mode \(network)")
        }
        if !request.macAddress.isEmpty {
            throw invalid("conflicting options: mac-address and the network mode \(network)")
        }
        if joined, !host.portBindings.isEmpty || host.publishAllPorts {
            throw invalid("conflicting options: port publishing and the container type network mode")
        }
    }

    private static func check(
        _ mode: String,
        named name: String,
        allowed: Set<String>,
        joins: Bool = true
    ) throws(RuntimeError) {
        if allowed.contains(mode) { return }
        if joins, mode.hasPrefix("container:"), mode.count > "container:".count { return }
        throw invalid("invalid \(name) mode: \(mode)")
    }

    private static func checkLog(_ log: LogRequest) throws(RuntimeError) {
        guard ["", "json-file", "none"].contains(log.driver) else {
            throw RuntimeError(
                .unsupported, "log driver \"\(log.driver)\" is not supported by skiff; use json-file or none")
        }
        _ = try LogLimits(log)
    }

    private static func invalid(_ message: String) -> RuntimeError { RuntimeError(.invalid, message) }
}

/// How large a container's log may grow.
public struct LogLimits: Sendable, Hashable {
    /// Bytes of one file before it is rotated.
    public let fileMaxBytes: Int64
    /// Files kept, the current one included.
    public let filesMax: Int

    /// 10 MiB in 3 files when the request says nothing: a log never fills the disk by default.
    public init(_ request: LogRequest) throws(RuntimeError) {
        var bytes: Int64 = 10 * 1024 * 1024
        var files = 3
        for (key, value) in request.options.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "max-size":
                bytes = value == "-1" ? .max : try ByteSize.parse(value)
                guard bytes > 0 else { throw RuntimeError(.invalid, "log option max-size must be positive: \(value)") }
            case "max-file":
                guard let count = Int(value), (1...1000).contains(count) else {
                    throw RuntimeError(.invalid, "log option max-file must be 1 to 1000: \(value)")
                }
                files = count
            default:
                throw RuntimeError(
                    .unsupported, "log option \"\(key)\" is not supported by skiff; use max-size and max-file"
                )
            }
        }
        fileMaxBytes = bytes
        filesMax = files
    }
}

/// Sizes as people write them: `64m`, `1.5g`, `512k`, `1024`.
public enum ByteSize {
    /// Reads a size; units are powers of 1024, letters in any case, an optional trailing `b` or `ib`.
    /// - Throws: `RuntimeError` `.invalid`.
    public static func parse(_ text: String) throws(RuntimeError) -> Int64 {
        let lower = text.lowercased().filter { $0 != " " }
        let digits = lower.prefix { $0.isNumber || $0 == "." }
        let units: [String: Double] = ["": 1, "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "t": 1_099_511_627_776]
        var unit = lower.dropFirst(digits.count)
        if unit.hasSuffix("ib") { unit = unit.dropLast(2) } else if unit.hasSuffix("b") { unit = unit.dropLast() }
        guard let number = Double(digits), let factor = units[String(unit)], number * factor < 9e18 else {
            throw RuntimeError(.invalid, "invalid size \"\(text)\": expected a number with an optional b, k, m, g or t")
        }
        return Int64(number * factor)
    }
}
