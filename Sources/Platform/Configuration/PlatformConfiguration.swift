import Networking

/// What one daemon is told at its start.
public struct PlatformConfiguration: Sendable {
    /// Port of the Kubernetes API unless it is busy.
    public static let usualAPIPort: UInt16 = 6443
    /// Port of the registry unless it is busy.
    public static let usualRegistryPort: UInt16 = 5000

    /// Where state and sockets live.
    public let paths: PlatformPaths

    /// The configuration of the instance at `paths`.
    public init(paths: PlatformPaths) {
        self.paths = paths
    }
}

extension PlatformConfiguration {
    /// What the network engine is told, also when it only has to remove what an earlier one left.
    var network: NetworkConfiguration {
        NetworkConfiguration(
            cluster: paths.cluster,
            databasePath: "\(paths.network)/network.sqlite",
            hostDirectory: paths.hostRun
        )
    }
}
