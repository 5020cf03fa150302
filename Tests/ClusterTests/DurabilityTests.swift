import Document
import Effects
import EventBus
import Foundation
import Logging
import Testing

@testable import Cluster

/// A directory of its own, removed at the end.
struct ScratchDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-\(Effects.live.uuid())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct DurabilityTests {
    @Test func theWriterSyncsEveryCommit() async throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let fixture = try await ClusterFixture(path: scratch.path + "/cluster.sqlite")
        #expect(try fixture.store.database.synchronousLevel() == 2)
    }

    @Test func aReopenedStoreIsTheSame() async throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path + "/cluster.sqlite"
        var revision: UInt64 = 0
        do {
            let fixture = try await ClusterFixture(path: path)
            let object = try await fixture.configMap("a", ["key": "é"])
            try await fixture.configMap("b")
            _ = try await fixture.store.delete(fixture.key(.configMaps, "b"), context: fixture.context)
            revision = fixture.store.resourceVersion
            #expect(revision > object.resourceVersion)
        }
        let again = try await ClusterFixture(path: path, seed: 2)
        // The deletion was the last change: its revision must not be given out a second time.
        #expect(again.store.resourceVersion == revision)
        #expect(again.store.all(.configMaps).map(\.name) == ["a"])
        let object = try #require(again.store.get(again.key(.configMaps, "a")))
        #expect(try JSONReader.parse(object.bytes) == object.value)
        #expect(try await again.configMap("c").resourceVersion > revision)
        #expect(throws: ClusterError.self) {
            try again.store.watch(.configMaps, options: WatchOptions(resourceVersion: 1))
        }
    }

    @Test func anUnusablePathIsAnError() async {
        let error = await clusterError { try await ClusterFixture(path: "/proc/nowhere/cluster.sqlite") }
        #expect(error?.message.contains("/proc/nowhere/cluster.sqlite") == true)
    }

    /// Kills a writing process at several moments; what it was told is stored must be there.
    @Test(arguments: [120, 250, 400, 650]) func whatWasAcknowledgedSurvivesKill(milliseconds: Int) async throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let child = Process()
        child.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        child.arguments =
            Array(CommandLine.arguments.dropFirst()).filter { !$0.hasPrefix("--filter") && !$0.contains("Tests|") }
            + ["--filter", "CrashChildTests"]
        child.environment = ProcessInfo.processInfo.environment.merging([CrashChildTests.variable: scratch.path]) { $1 }
        child.standardOutput = FileHandle.nullDevice
        child.standardError = FileHandle.nullDevice
        try child.run()
        let acknowledged = scratch.path + "/acknowledged"
        while !FileManager.default.fileExists(atPath: "\(acknowledged)\(CrashChildTests.workers - 1)"), child.isRunning
        {
            try await Effects.live.time.sleep(for: .milliseconds(5))
        }
        try await Effects.live.time.sleep(for: .milliseconds(milliseconds))
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        var lines: [Substring] = []
        for worker in 0..<CrashChildTests.workers {
            let text = try String(contentsOfFile: "\(acknowledged)\(worker)", encoding: .utf8)
            // A line that was cut off was not told to anyone.
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        }
        #expect(lines.count > 3)
        let survivor = try await ClusterFixture(path: scratch.path + "/cluster.sqlite")
        for line in lines {
            let parts = line.split(separator: " ").map(String.init)
            let object = survivor.store.get(survivor.key(.configMaps, parts[0]))
            #expect(object.map { String($0.resourceVersion) == parts[1] } == true, "\(line)")
        }
        for object in survivor.store.all(.configMaps) {
            #expect(
                try JSONReader.parse(object.bytes)["metadata", "resourceVersion"]?.stringValue
                    == String(object.resourceVersion))
        }
    }
}

/// The process that `whatWasAcknowledgedSurvivesKill` kills: writes until then.
@Suite struct CrashChildTests {
    static let variable = "SKIFF_CRASH_CHILD_DIRECTORY"
    static let workers = 4

    @Test(.enabled(if: ProcessInfo.processInfo.environment[variable] != nil, "runs only as a child of DurabilityTests"))
    func writesUntilKilled() async throws {
        let directory = try #require(ProcessInfo.processInfo.environment[Self.variable])
        let fixture = try await ClusterFixture(path: directory + "/cluster.sqlite")
        let path = directory + "/acknowledged"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<Self.workers {
                group.addTask {
                    _ = FileManager.default.createFile(atPath: "\(path)\(worker)", contents: nil)
                    let handle = try #require(FileHandle(forWritingAtPath: "\(path)\(worker)"))
                    for number in 0..<1_000_000 {
                        let object = try await fixture.configMap("w\(worker)-\(number)")
                        try handle.write(contentsOf: Data("\(object.name) \(object.resourceVersion)\n".utf8))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
