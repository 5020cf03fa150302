import Glibc

/// Limits of a control group, in the terms of the OCI runtime specification; nil leaves as is.
public struct CgroupLimits: Sendable, Hashable {
    /// Permission for a range of devices; later rules win.
    public struct Device: Sendable, Hashable {
        /// Whether it allows or denies.
        public var allow: Bool
        /// `a`, `b` or `c`.
        public var type: Character
        /// Major number; nil for all.
        public var major: Int64?
        /// Minor number; nil for all.
        public var minor: Int64?
        /// Out of `rwm`.
        public var access: String

        /// Makes a rule.
        public init(
            allow: Bool, type: Character = "a", major: Int64? = nil, minor: Int64? = nil, access: String = "rwm"
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }

    /// A rate or weight on one block device.
    public struct BlockDevice: Sendable, Hashable {
        /// Major number.
        public var major: Int64
        /// Minor number.
        public var minor: Int64
        /// Bytes or operations per second, or the weight.
        public var value: UInt64

        /// Makes a limit.
        public init(major: Int64, minor: Int64, value: UInt64) {
            self.major = major
            self.minor = minor
            self.value = value
        }
    }

    /// Bytes of memory; -1 is unlimited.
    public var memoryBytes: Int64?
    /// Bytes of memory and swap together; -1 is unlimited.
    public var memoryAndSwapBytes: Int64?
    /// Soft limit in bytes.
    public var memoryReservationBytes: Int64?
    /// 0 to 100; v1 only.
    public var swappiness: UInt64?
    /// Whether the kernel must not kill for lack of memory; v1 only.
    public var disableOOMKiller: Bool?
    /// Relative weight, 2 to 262144.
    public var cpuShares: UInt64?
    /// Microseconds per period; -1 is unlimited.
    public var cpuQuotaMicroseconds: Int64?
    /// Length of a period; 100,000 unless set.
    public var cpuPeriodMicroseconds: UInt64?
    /// Microseconds that may be saved up.
    public var cpuBurstMicroseconds: UInt64?
    /// 1 runs only when nothing else does; v2 and late v1.
    public var cpuIdle: Int64?
    /// Processors, as `0-3,7`.
    public var cpusetCPUs: String?
    /// Memory nodes.
    public var cpusetMems: String?
    /// Number of processes; -1 is unlimited.
    public var pids: Int64?
    /// Relative weight of block devices, 10 to 1000.
    public var blockWeight: UInt16?
    /// Weights by device.
    public var blockWeights: [BlockDevice] = []
    /// Bytes per second read.
    public var readBytesPerSecond: [BlockDevice] = []
    /// Bytes per second written.
    public var writeBytesPerSecond: [BlockDevice] = []
    /// Reads per second.
    public var readOperationsPerSecond: [BlockDevice] = []
    /// Writes per second.
    public var writeOperationsPerSecond: [BlockDevice] = []
    /// Bytes of huge pages by page size, as `2MB`.
    public var hugePages: [String: UInt64] = [:]
    /// Device rules in order; empty leaves devices alone.
    public var devices: [Device] = []
    /// Files of the unified tree written as they are.
    public var unified: [String: String] = [:]

    /// Limits nothing.
    public init() {}

    /// Swap alone, as the unified tree wants it; nil when nothing is said about it.
    var swapOnlyBytes: Int64? {
        guard let both = memoryAndSwapBytes else { return nil }
        if both == -1 { return -1 }
        guard let memory = memoryBytes, memory >= 0 else { return both }
        return max(0, both - memory)
    }

    /// cpu.weight for cpu.shares: the curve of runc 1.3.2 and crun 1.23, on which 1024 gives 100.
    static func weight(forShares shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let exponent = log2(Double(shares))
        let power = (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34
        return UInt64(pow(10, power).rounded(.up))
    }

    /// io.weight for blkio.weight: 10...1000 becomes 1...10000.
    static func ioWeight(forBlockWeight weight: UInt16) -> UInt64 {
        1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990
    }
}
