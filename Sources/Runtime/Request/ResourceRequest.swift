/// Limits of a container; also the body of `update`. Zero means no limit unless a field says otherwise.
public struct ResourceRequest: Sendable, Hashable {
    /// Memory limit in bytes.
    public var memoryBytes: Int64 = 0
    /// Memory plus swap in bytes; 0 means twice the memory limit, -1 unlimited.
    public var memorySwapBytes: Int64 = 0
    /// Soft memory limit in bytes.
    public var memoryReservationBytes: Int64 = 0
    /// 0…100; nil or -1 leaves the kernel's default.
    public var memorySwappiness: Int64?
    /// Whether the out-of-memory killer leaves the container alone (cgroup v1).
    public var oomKillDisable = false
    /// CPU time in billionths of a core.
    public var nanoCPUs: Int64 = 0
    /// Relative CPU weight, 1024 is normal.
    public var cpuShares: Int64 = 0
    /// CPU accounting period in microseconds.
    public var cpuPeriodMicroseconds: Int64 = 0
    /// CPU time per period in microseconds.
    public var cpuQuotaMicroseconds: Int64 = 0
    /// Cores the container may use: `0-3,5`.
    public var cpusetCPUs = ""
    /// Memory nodes the container may use.
    public var cpusetMems = ""
    /// Number of tasks; nil, 0 and -1 mean unlimited.
    public var pidsLimit: Int64?
    /// Relative block IO weight 10…1000.
    public var blkioWeight: Int64 = 0
    /// Block IO limits per device.
    public var blkioThrottle: [BlkioThrottle] = []
    /// Parent of the container's cgroup; empty means the cluster's own.
    public var cgroupParent = ""
    /// Device nodes of the host given to the container.
    public var devices: [DeviceRequest] = []
    /// Device rules such as `c 10:200 rwm`.
    public var deviceCgroupRules: [String] = []
    /// Resource limits of the process.
    public var ulimits: [UlimitRequest] = []

    /// No limits.
    public init() {}
}

/// A device node given to the container.
public struct DeviceRequest: Sendable, Hashable {
    /// Path on the host.
    public var pathOnHost: String
    /// Path in the container.
    public var pathInContainer: String
    /// Any of `r`, `w`, `m`.
    public var permissions: String

    /// Makes a device.
    public init(pathOnHost: String, pathInContainer: String, permissions: String = "rwm") {
        self.pathOnHost = pathOnHost
        self.pathInContainer = pathInContainer
        self.permissions = permissions
    }
}

/// One resource limit (`getrlimit(2)`).
public struct UlimitRequest: Sendable, Hashable {
    /// Name without the RLIMIT_ prefix, lower case: `nofile`.
    public var name: String
    /// Soft limit; -1 is unlimited.
    public var soft: Int64
    /// Hard limit; -1 is unlimited.
    public var hard: Int64

    /// Makes a limit.
    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// A block IO limit of one device.
public struct BlkioThrottle: Sendable, Hashable {
    /// What is limited.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Bytes read per second.
        case readBps = "BlkioDeviceReadBps"
        /// Bytes written per second.
        case writeBps = "BlkioDeviceWriteBps"
        /// Reads per second.
        case readIOps = "BlkioDeviceReadIOps"
        /// Writes per second.
        case writeIOps = "BlkioDeviceWriteIOps"
    }

    /// What is limited.
    public var kind: Kind
    /// Path of the device on the host.
    public var path: String
    /// The limit, per second.
    public var rate: Int64

    /// Makes a limit.
    public init(kind: Kind, path: String, rate: Int64) {
        self.kind = kind
        self.path = path
        self.rate = rate
    }
}
