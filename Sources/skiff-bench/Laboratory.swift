import Effects
import Subprocess
import SystemLinux
import SystemPackage

/// A scratch place with an image and the contestants; everything made here is removed by `close`.
struct Laboratory: Sendable {
    /// The image every contestant runs: busybox and its links.
    static let image = "bench-busybox"

    let skiff: String
    let scratch: String
    let cluster: String
    let effects = Effects.live

    /// Makes the scratch place, the image's tar, and imports it into a fresh cluster.
    static func open(skiff: String) async throws -> Laboratory {
        let effects = Effects.live
        let name = "bench\(effects.hexID().prefix(6))"
        let laboratory = Laboratory(skiff: skiff, scratch: "/tmp/skiff-\(name)", cluster: name)
        try Directory.make(laboratory.tree + "/bin")
        try await laboratory.makeImage()
        return laboratory
    }

    var tree: String { scratch + "/tree" }
    var tar: String { scratch + "/image.tar" }

    private func makeImage() async throws {
        try await must("/bin/cp", ["/bin/busybox", tree + "/bin/busybox"])
        try await must("/bin/busybox", ["--install", "-s", tree + "/bin"])
        for name in try Directory.entries(tree + "/bin").map(\.name) where name != "busybox" {
            try File.remove("\(tree)/bin/\(name)", ifExists: true)
            try File.symbolicLink("\(tree)/bin/\(name)", to: "busybox")
        }
        try await must("/bin/tar", ["-C", tree, "-cf", tar, "."])
    }

    /// Removes the cluster and the scratch place.
    func close() async {
        _ = try? await run(skiff, ["reset", "--yes"])
        try? Directory.removeTree(scratch)
    }

    /// Runs a program; answers its exit code and how long it took in milliseconds.
    @discardableResult
    func run(_ program: String, _ arguments: [String]) async throws -> (exitCode: Int, milliseconds: Double) {
        let began = effects.time.monotonic
        let result = try await Subprocess.run(
            program.hasPrefix("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .inherit.updating(["SKIFF_CLUSTER": cluster, "SKIFF_ROOT": scratch + "/state"]),
            input: .none,
            output: .discarded,
            error: .discarded
        )
        let milliseconds = (effects.time.monotonic - began).inSeconds * 1000
        guard case .exited(let code) = result.terminationStatus else { return (128, milliseconds) }
        return (Int(code), milliseconds)
    }

    /// Runs a program that has to succeed; answers how long it took in milliseconds.
    @discardableResult
    func must(_ program: String, _ arguments: [String]) async throws -> Double {
        let (exitCode, milliseconds) = try await run(program, arguments)
        guard exitCode == 0 else {
            throw BenchError("\(program) \(arguments.joined(separator: " ")) ended with status \(exitCode)")
        }
        return milliseconds
    }

    /// Times a command that has to succeed, after one run that does not count.
    func time(
        _ row: String,
        _ contestant: String,
        budget: Double? = nil,
        samples: Int,
        _ program: String,
        _ arguments: [String]
    ) async throws -> Measurement {
        try await must(program, arguments)
        var taken: [Double] = []
        for _ in 0..<samples { taken.append(try await must(program, arguments)) }
        return Measurement(row: row, contestant: contestant, unit: "ms", budget: budget, samples: taken)
    }

    /// Whether a program is installed.
    func has(_ program: String) -> Bool {
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
            File.exists("\($0)/\(program)")
        }
    }
}

/// Why a measurement could not be made.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
