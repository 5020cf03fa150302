import Foundation
import Subprocess
import SystemPackage
import Testing

/// What a command left behind.
struct CommandOutcome: Sendable, CustomStringConvertible {
    let command: String
    let exitCode: Int
    let output: String
    let errors: String

    var description: String { "\(command)\nexit \(exitCode)\n\(output)\(errors)" }
}

/// A cluster of its own for one test: unique name, scratch state, removed in the end whatever happened.
struct SkiffFixture: Sendable {
    /// The binary under test, built with the tests.
    static var binary: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".build/debug/skiff").path()
    }

    /// Why privileged tests can't run here; nil when they can.
    static var isPrivileged: Bool { geteuid() == 0 }

    let cluster: String
    let scratch: String

    /// Runs `body` with a fresh cluster and resets it afterwards; the clean-up is checked too.
    static func with(_ body: (SkiffFixture) async throws -> Void) async throws {
        let name = "t" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        let scratch = NSTemporaryDirectory() + "skiff-" + name
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let fixture = SkiffFixture(cluster: name, scratch: scratch)
        var failure: (any Error)?
        do { try await body(fixture) } catch { failure = error }
        if failure != nil { fixture.keepLog() }
        let reset = try await fixture.skiff("reset", "--yes")
        #expect(reset.exitCode == 0, "\(reset)")
        #expect(fixture.leftovers.isEmpty, "left on the host: \(fixture.leftovers)")
        try FileManager.default.removeItem(atPath: scratch)
        if let failure { throw failure }
    }

    private var environment: [String: String] {
        var variables = ProcessInfo.processInfo.environment
        variables["SKIFF_CLUSTER"] = cluster
        variables["SKIFF_ROOT"] = scratch + "/state"
        variables["SKIFF"] = Self.binary
        return variables
    }

    /// Runs the binary with these arguments.
    func skiff(_ arguments: String..., input: String = "") async throws -> CommandOutcome {
        try await run(Self.binary, arguments, input: input)
    }

    /// Runs the binary and expects success; answers its output without the last line break.
    @discardableResult
    func succeed(_ arguments: String...) async throws -> String {
        let outcome = try await run(Self.binary, arguments)
        try #require(outcome.exitCode == 0, "\(outcome)")
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// Runs any program in the fixture's environment.
    func run(_ program: String, _ arguments: [String], input: String = "") async throws -> CommandOutcome {
        var values: [Environment.Key: String] = [:]
        for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            program.hasPrefix("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .custom(values),
            input: .string(input),
            output: .string(limit: 16 << 20),
            error: .string(limit: 16 << 20)
        )
        let code: Int
        switch result.terminationStatus {
        case .exited(let status): code = Int(status)
        case .signaled(let signal): code = 128 + Int(signal)
        }
        return CommandOutcome(
            command: ([program] + arguments).joined(separator: " "),
            exitCode: code,
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    /// Repeats `condition` until it holds or `seconds` have passed.
    func eventually(within seconds: Int = 20, _ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("waited \(seconds) s for \(what) in vain")
    }

    /// Imports an image of nothing but busybox and its links under `tag`.
    func importBusybox(as tag: String = "busybox") async throws {
        let tree = scratch + "/busybox"
        for folder in ["bin", "etc", "tmp", "www"] {
            try FileManager.default.createDirectory(atPath: "\(tree)/\(folder)", withIntermediateDirectories: true)
        }
        try? FileManager.default.copyItem(atPath: "/bin/busybox", toPath: "\(tree)/bin/busybox")
        let list = try await run("/bin/busybox", ["--list"])
        for name in list.output.split(separator: "\n") where name != "busybox" {
            try? FileManager.default.createSymbolicLink(atPath: "\(tree)/bin/\(name)", withDestinationPath: "busybox")
        }
        try "root:x:0:0:root:/:/bin/sh\n".write(toFile: "\(tree)/etc/passwd", atomically: true, encoding: .utf8)
        try "root:x:0:\n".write(toFile: "\(tree)/etc/group", atomically: true, encoding: .utf8)
        let tar = try await run(
            "/bin/tar", ["-C", tree, "--owner=0", "--group=0", "-cf", "\(scratch)/busybox.tar", "."])
        try #require(tar.exitCode == 0, "\(tar)")
        try await succeed("image", "import", "\(scratch)/busybox.tar", tag)
    }

    /// Writes a file into the scratch folder and answers its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(scratch)/\(name)"
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Mounts, cgroups, sockets and links of this cluster that should be gone.
    var leftovers: [String] {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        var found = mounts.components(separatedBy: "\n").filter {
            $0.contains(scratch + "/") || $0.contains("/run/skiff/\(cluster)/")
        }
        for path in ["/run/skiff/\(cluster)", scratch + "/state/\(cluster)"]
        where FileManager.default.fileExists(atPath: path) {
            found.append(path)
        }
        for controller in (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? [] {
            let path = "/sys/fs/cgroup/\(controller)/skiff/\(cluster)"
            if FileManager.default.fileExists(atPath: path) { found.append(path) }
        }
        return found
    }

    private func keepLog() {
        let log = (try? String(contentsOfFile: "\(scratch)/state/\(cluster)/daemon.log", encoding: .utf8)) ?? ""
        print("--- daemon.log of \(cluster), last lines ---")
        print(log.components(separatedBy: "\n").suffix(40).joined(separator: "\n"))
    }
}
