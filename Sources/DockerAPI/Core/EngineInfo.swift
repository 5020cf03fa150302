/// What the engine says about itself.
public struct EngineInfo: Sendable {
    /// The platform's version.
    public var version: String
    /// The instance's name.
    public var cluster: String
    /// The instance's id, any stable text.
    public var id: String
    /// The host's name.
    public var hostname: String
    /// The kernel's release.
    public var kernelVersion: String
    /// The distribution's name.
    public var operatingSystem: String
    /// `x86_64`, `aarch64`.
    public var architecture: String
    /// Number of cores.
    public var cpuCount: Int
    /// Memory in bytes.
    public var memoryBytes: Int64
    /// Directory of the instance's state.
    public var stateDirectory: String
    /// `1` or `2`.
    public var cgroupVersion: String

    /// The newest Engine API spoken.
    public static let apiVersion = EngineVersion(major: 1, minor: 47)
    /// The oldest Engine API spoken.
    public static let minimumAPIVersion = EngineVersion(major: 1, minor: 24)

    /// Makes an info.
    public init(
        version: String, cluster: String, id: String, hostname: String, kernelVersion: String, operatingSystem: String,
        architecture: String, cpuCount: Int, memoryBytes: Int64, stateDirectory: String, cgroupVersion: String
    ) {
        self.version = version
        self.cluster = cluster
        self.id = id
        self.hostname = hostname
        self.kernelVersion = kernelVersion
        self.operatingSystem = operatingSystem
        self.architecture = architecture
        self.cpuCount = cpuCount
        self.memoryBytes = memoryBytes
        self.stateDirectory = stateDirectory
        self.cgroupVersion = cgroupVersion
    }

    /// Go's name of the architecture, as image platforms use it.
    public var goArchitecture: String {
        switch architecture {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        default: architecture
        }
    }
}

/// A version of the Engine API.
public struct EngineVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Before the dot.
    public let major: Int
    /// After the dot.
    public let minor: Int

    /// Makes a version.
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `1.47`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    /// Older first.
    public static func < (left: EngineVersion, right: EngineVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// `1.47`.
    public var description: String { "\(major).\(minor)" }
}
