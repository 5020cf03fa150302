/// Amounts of what a node gives and a pod takes.
///
/// CPU in thousandths of a core, memory and storage in bytes, extended resources in whole units.
public struct ResourceAmounts: Sendable, Hashable {
    /// CPU in thousandths of a core.
    public var milliCPU: Int64
    /// Memory in bytes.
    public var memoryBytes: Int64
    /// Node-local scratch storage in bytes.
    public var ephemeralStorageBytes: Int64
    /// Everything else by its resource name, such as `hugepages-2Mi` or `example.com/gpu`.
    public var extended: [String: Int64]

    /// Amounts that default to nothing.
    public init(
        milliCPU: Int64 = 0, memoryBytes: Int64 = 0, ephemeralStorageBytes: Int64 = 0,
        extended: [String: Int64] = [:]
    ) {
        self.milliCPU = milliCPU
        self.memoryBytes = memoryBytes
        self.ephemeralStorageBytes = ephemeralStorageBytes
        self.extended = extended
    }

    /// Adds `other`, kind by kind.
    public static func += (amounts: inout ResourceAmounts, other: ResourceAmounts) {
        amounts.milliCPU += other.milliCPU
        amounts.memoryBytes += other.memoryBytes
        amounts.ephemeralStorageBytes += other.ephemeralStorageBytes
        for (name, amount) in other.extended { amounts.extended[name, default: 0] += amount }
    }

    /// Takes `other` away, kind by kind; extended resources that reach nothing are dropped.
    public static func -= (amounts: inout ResourceAmounts, other: ResourceAmounts) {
        amounts.milliCPU -= other.milliCPU
        amounts.memoryBytes -= other.memoryBytes
        amounts.ephemeralStorageBytes -= other.ephemeralStorageBytes
        for (name, amount) in other.extended {
            let left = amounts.extended[name, default: 0] - amount
            amounts.extended[name] = left == 0 ? nil : left
        }
    }

    /// Raises every kind to at least what `other` has.
    public mutating func formMaximum(_ other: ResourceAmounts) {
        milliCPU = max(milliCPU, other.milliCPU)
        memoryBytes = max(memoryBytes, other.memoryBytes)
        ephemeralStorageBytes = max(ephemeralStorageBytes, other.ephemeralStorageBytes)
        for (name, amount) in other.extended { extended[name] = max(extended[name, default: 0], amount) }
    }
}
