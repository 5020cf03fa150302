import NFTables
import Networking
import ServiceProxy
import SystemLinux

/// Removes every trace of one cluster from the host, whether or not its daemon or keeper still lives.
///
/// Works from what the kernel shows, not from the databases, so that a damaged state can be reset too.
public struct PlatformReset: Sendable {
    private let paths: PlatformPaths

    /// Prepares the removal of the instance at `paths`.
    public init(_ paths: PlatformPaths) {
        self.paths = paths
    }

    /// Removes processes, network, mounts, control groups and files, in that order: each step needs the one before it.
    /// Blocks a thread of the blocking pool meanwhile.
    /// - Returns: what was there, for people.
    /// - Throws: `leftBehind` naming the first thing that could not be removed.
    public func run() async throws -> [String] {
        let paths = paths
        var removed: [String] = []
        try await Self.step("processes") {
            removed += try await BlockingPool.shared.run { try ClusterProcesses(paths).end() }
        }
        try await Self.step("network") {
            let rules = try await Self.openRules()
            if let rules { try await ServiceProxy.teardown(leftoversOf: paths.cluster, rules: rules) }
            try await NetworkEngine.teardown(leftoversOf: PlatformConfiguration(paths: paths).network, rules: rules)
        }
        try await Self.step("mounts") {
            removed += try await BlockingPool.shared.run { try ClusterMounts(paths).unmount() }
        }
        try await Self.step("control groups") {
            removed += try await BlockingPool.shared.run { try ClusterProcesses(paths).removeGroups() }
        }
        try await Self.step("files") {
            removed += try await BlockingPool.shared.run { try Self.removeFiles(paths) }
        }
        return removed
    }

    private static func step(_ what: String, _ body: () async throws -> Void) async throws(PlatformError) {
        do { try await body() } catch {
            throw PlatformError(.leftBehind, "could not remove the \(what) of the cluster", cause: error)
        }
    }

    /// Nil on a kernel without nf_tables, where there is nothing to remove.
    private static func openRules() async throws -> PacketRules? {
        do {
            return try await PacketRules.open()
        } catch {
            guard error.code == .unavailable else { throw error }
            return nil
        }
    }

    private static func removeFiles(_ paths: PlatformPaths) throws -> [String] {
        var removed: [String] = []
        for directory in [paths.state, paths.run] where File.exists(directory) {
            try Directory.removeTree(directory)
            removed.append(directory)
        }
        return removed
    }
}
