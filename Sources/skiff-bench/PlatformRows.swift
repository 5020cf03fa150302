import Clients
import Document
import Effects
import SystemLinux

/// Start of the platform and what it needs when nothing happens.
enum PlatformRows {
    /// Issue 2: up to API ready in half a second, at most 80 MB resident when idle.
    static func measure(_ laboratory: Laboratory, _ samples: Int) async throws -> [Measurement] {
        var starts: [Double] = []
        for _ in 0..<samples {
            try await laboratory.must(laboratory.skiff, ["reset", "--yes"])
            starts.append(try await laboratory.must(laboratory.skiff, ["up", "--quiet"]))
        }
        let client = DaemonClient(socketPath: "/run/skiff/\(laboratory.cluster)/docker.sock")
        let status = try client.json("GET", "/skiff/v1/status")
        var memory: [Double] = []
        for _ in 0..<samples {
            let pids = ["daemonPid", "keeperPid"].compactMap { status[$0]?.intValue }.filter { $0 > 0 }
            memory.append(try pids.map { try residentMegabytes(of: $0) }.reduce(0, +))
            try await laboratory.effects.time.sleep(for: .milliseconds(100))
        }
        return [
            Measurement(
                row: "up, from nothing to API ready", contestant: "skiff", unit: "ms", budget: 500, samples: starts
            ),
            Measurement(row: "memory when idle (Pss)", contestant: "skiff", unit: "MB", budget: 80, samples: memory),
        ]
    }

    /// Proportional set size from smaps_rollup, in megabytes (10^6 bytes).
    private static func residentMegabytes(of pid: Int64) throws -> Double {
        let text = try File.readText("/proc/\(pid)/smaps_rollup")
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
            return kibibytes * 1024 / 1_000_000
        }
        throw BenchError("/proc/\(pid)/smaps_rollup has no Pss line")
    }
}
