/// A range of IPv4 addresses in CIDR form.
public struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
    /// The network address as a number.
    public let base: UInt32
    /// The length of the prefix, 0 to 32.
    public let prefix: Int

    /// Reads `10.96.0.0/16`; `nil` when malformed.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Int(parts[1]), (0...32).contains(prefix),
            let address = IPv4.number(String(parts[0]))
        else { return nil }
        self.prefix = prefix
        base = prefix == 0 ? 0 : address & (UInt32.max << UInt32(32 - prefix))
    }

    /// The number of addresses.
    public var count: Int { 1 << (32 - prefix) }

    /// Whether `address` lies in the range.
    public func contains(_ address: UInt32) -> Bool {
        address >= base && UInt64(address) < UInt64(base) + UInt64(count)
    }

    /// The CIDR form.
    public var description: String { "\(IPv4.text(base))/\(prefix)" }
}

/// IPv4 addresses as numbers.
public enum IPv4 {
    /// Reads `a.b.c.d` without leading zeros; `nil` when malformed.
    public static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != "0"
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    /// The dotted form.
    public static func text(_ number: UInt32) -> String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }
}

/// What a store needs to know about its place.
public struct ClusterConfiguration: Sendable {
    /// The SQLite file, or `:memory:`.
    public var databasePath: String
    /// The range of ClusterIPs; its first address belongs to `kubernetes.default`.
    public var serviceRange: IPv4Range
    /// The range of node ports.
    public var nodePorts: ClosedRange<Int>
    /// The range of load balancer addresses.
    public var loadBalancerRange: IPv4Range
    /// The port of the Kubernetes API that `kubernetes.default` leads to.
    public var apiPort: Int
    /// How many changes per resource are kept for watches that resume.
    public var historyCount: Int
    /// How many writes may wait; further ones are refused with 429.
    public var writeQueueLimit: Int

    /// Makes a configuration.
    public init(
        databasePath: String,
        serviceRange: IPv4Range,
        nodePorts: ClosedRange<Int> = 30_000...32_767,
        loadBalancerRange: IPv4Range,
        apiPort: Int = 6443,
        historyCount: Int = 1_024,
        writeQueueLimit: Int = 4_096
    ) {
        self.databasePath = databasePath
        self.serviceRange = serviceRange
        self.nodePorts = nodePorts
        self.loadBalancerRange = loadBalancerRange
        self.apiPort = apiPort
        self.historyCount = historyCount
        self.writeQueueLimit = writeQueueLimit
    }
}
