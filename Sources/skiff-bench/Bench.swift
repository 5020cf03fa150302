import ArgumentParser
import Document
import SystemLinux

/// `make bench`: measures Skiff beside whichever peers are installed, in one run on one machine.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skiff-bench",
        abstract: "Measure Skiff beside the peers installed on this machine."
    )

    @Option(name: .long, help: "The skiff binary to measure.")
    var skiff: String

    @Option(name: .long, help: "Samples of each row, at least 10.")
    var samples = 15

    @Flag(name: .long, help: "Print JSON instead of a table.")
    var json = false

    func validate() throws {
        guard samples >= 10 else { throw ValidationError("--samples takes 10 or more") }
        guard File.exists(skiff) else { throw ValidationError("there is no \(skiff); run 'make build' first") }
        guard ProcessIdentity.isRoot else { throw ValidationError("containers need root; run it with sudo") }
    }

    func run() async throws {
        let laboratory = try await Laboratory.open(skiff: skiff)
        let results: [Measurement]
        do {
            results = try await measure(laboratory)
        } catch {
            await laboratory.close()
            throw error
        }
        await laboratory.close()
        print(json ? Report(results).json : Report(results).table)
    }

    private func measure(_ laboratory: Laboratory) async throws -> [Measurement] {
        var results: [Measurement] = []
        for rows in [PlatformRows.measure, ContainerRows.measure, WorkloadRows.measure] {
            results += try await rows(laboratory, samples)
        }
        return results
    }
}
