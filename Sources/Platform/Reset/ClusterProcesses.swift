import Keeper
import Runtime
import SystemLinux

/// The processes of a cluster: daemon, keeper and everything in its control groups. All calls block.
struct ClusterProcesses {
    /// How long a killed process may take to vanish, in milliseconds.
    static let endTimeoutMilliseconds: Int32 = 5000

    /// SIGKILL.
    private static let killSignal: Int32 = 9

    let paths: PlatformPaths

    init(_ paths: PlatformPaths) {
        self.paths = paths
    }

    /// Ends the daemon, the keeper, then whatever runs in the cluster's control groups. The keeper goes before its
    /// containers, so that it does not write their exits into a directory that is about to vanish.
    /// - Returns: what was ended, for people.
    func end() throws -> [String] {
        var ended: [String] = []
        for (name, file) in [("daemon", paths.daemonPID), ("keeper", paths.keeperPID)] {
            if let pid = try recorded(in: file, verb: name) {
                try kill(pid)
                ended.append("\(name) (process \(pid))")
            }
        }
        let group = try CgroupDriver().group(paths.cgroup)
        if group.exists {
            let count = try group.processes().count
            try group.killAll()
            if count > 0 { ended.append("\(count) processes") }
        }
        return ended
    }

    /// Removes the cluster's control groups; their processes must have ended.
    func removeGroups() throws -> [String] {
        let driver = try CgroupDriver()
        let group = driver.group(paths.cgroup)
        guard group.exists else { return [] }
        try group.remove()
        // The parent is shared by all clusters; the last one takes it along.
        driver.group(File.parent(of: paths.cgroup)).removeIfEmpty()
        return ["control groups \(paths.cgroup)"]
    }

    /// The process id in a pid file, if that process still is a Skiff of this cluster with that verb: numbers are
    /// given again, and nobody else's process may be ended.
    private func recorded(in file: String, verb: String) throws -> Int32? {
        guard File.exists(file) else { return nil }
        let text = try File.readText(file).prefix { $0.isNumber }
        guard let pid = Int32(text), pid > 1, let command = try? File.readText("/proc/\(pid)/cmdline") else {
            return nil
        }
        let words = command.split(separator: "\0").map(String.init)
        guard words.contains(verb), words.contains(paths.cluster) else { return nil }
        return pid
    }

    private func kill(_ pid: Int32) throws {
        guard let process = try? PidFD(pid) else { return }
        try process.send(Self.killSignal)
        guard try process.wait(milliseconds: Self.endTimeoutMilliseconds) else {
            throw PlatformError(.leftBehind, "process \(pid) does not end")
        }
    }
}
