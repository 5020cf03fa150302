extension RuntimeSpec {
    /// Limits of a container (OCI runtime-spec, config-linux.md, "Control groups").
    public struct Resources: Hashable, Sendable, Codable {
        /// Which devices may be used; later entries win.
        public var devices: [DeviceRule]?
        /// Memory.
        public var memory: Memory?
        /// Processor time.
        public var cpu: CPU?
        /// Number of processes.
        public var pids: Pids?
        /// Block devices.
        public var blockIO: BlockIO?
        /// Huge pages.
        public var hugepageLimits: [HugepageLimit]?
        /// Raw files of cgroup v2, written as they are.
        public var unified: [String: String]?

        /// Makes an empty set of limits; set what is needed.
        public init() {}
    }

    /// Permission for a range of devices.
    public struct DeviceRule: Hashable, Sendable, Codable {
        /// Whether it allows or denies.
        public var allow: Bool
        /// `a`, `c` or `b`; nil means all.
        public var type: String?
        /// Major number; nil means all.
        public var major: Int64?
        /// Minor number; nil means all.
        public var minor: Int64?
        /// Letters out of `rwm`.
        public var access: String?

        /// Makes a rule.
        public init(
            allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }

    /// Memory limits in bytes; -1 means unlimited.
    public struct Memory: Hashable, Sendable, Codable {
        /// Hard limit.
        public var limit: Int64?
        /// Soft limit.
        public var reservation: Int64?
        /// Limit of memory plus swap.
        public var swap: Int64?
        /// 0 to 100.
        public var swappiness: UInt64?
        /// Whether the out-of-memory killer is off.
        public var disableOOMKiller: Bool?

        /// Makes an empty set of limits; set what is needed.
        public init() {}
    }

    /// Limits of processor time.
    public struct CPU: Hashable, Sendable, Codable {
        /// Relative weight, 2 to 262144.
        public var shares: UInt64?
        /// Microseconds per period; -1 means unlimited.
        public var quota: Int64?
        /// Length of a period in microseconds.
        public var period: UInt64?
        /// Microseconds that may be saved up.
        public var burst: UInt64?
        /// Microseconds of real-time scheduling per period.
        public var realtimeRuntime: Int64?
        /// Period of real-time scheduling in microseconds.
        public var realtimePeriod: UInt64?
        /// Processors, as `0-3,7`.
        public var cpus: String?
        /// Memory nodes, as `0-1`.
        public var mems: String?
        /// 1 makes the group run only when nothing else does.
        public var idle: Int64?

        /// Makes an empty set of limits; set what is needed.
        public init() {}
    }

    /// Limit of the number of processes.
    public struct Pids: Hashable, Sendable, Codable {
        /// Most processes; -1 means unlimited.
        public var limit: Int64

        /// Makes a limit.
        public init(limit: Int64) { self.limit = limit }
    }

    /// Limits of block devices.
    public struct BlockIO: Hashable, Sendable, Codable {
        /// Relative weight, 10 to 1000.
        public var weight: UInt16?
        /// Weights per device.
        public var weightDevice: [WeightDevice]?
        /// Bytes per second read.
        public var throttleReadBpsDevice: [ThrottleDevice]?
        /// Bytes per second written.
        public var throttleWriteBpsDevice: [ThrottleDevice]?
        /// Reads per second.
        public var throttleReadIOPSDevice: [ThrottleDevice]?
        /// Writes per second.
        public var throttleWriteIOPSDevice: [ThrottleDevice]?

        /// Makes an empty set of limits; set what is needed.
        public init() {}
    }

    /// Relative weight on one device.
    public struct WeightDevice: Hashable, Sendable, Codable {
        /// Major number.
        public var major: Int64
        /// Minor number.
        public var minor: Int64
        /// Weight, 10 to 1000.
        public var weight: UInt16?

        /// Makes a weight.
        public init(major: Int64, minor: Int64, weight: UInt16?) {
            self.major = major
            self.minor = minor
            self.weight = weight
        }
    }

    /// Rate on one device.
    public struct ThrottleDevice: Hashable, Sendable, Codable {
        /// Major number.
        public var major: Int64
        /// Minor number.
        public var minor: Int64
        /// Bytes or operations per second.
        public var rate: UInt64

        /// Makes a rate.
        public init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }
    }

    /// Limit of one size of huge pages.
    public struct HugepageLimit: Hashable, Sendable, Codable {
        /// Page size, as `2MB`.
        public var pageSize: String
        /// Bytes.
        public var limit: UInt64

        /// Makes a limit.
        public init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }
    }
}
