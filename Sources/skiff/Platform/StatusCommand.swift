import ArgumentParser
import Clients
import Document

/// `skiff status`: what runs and where it listens.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what runs and where it listens.",
        discussion: "Exit status 0 when the platform is up, 3 when it is not; it is never started by this verb."
    )

    /// What scripts can ask for.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @OptionGroup var options: GlobalOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: Format = .text

    func run() throws {
        let location = try options.location()
        let client = DaemonClient(socketPath: location.dockerSocket)
        guard client.isReachable else {
            switch output {
            case .text: print("Skiff is down (cluster \(location.name)). Start it with: skiff up")
            case .json: print(JSONWriter.string(["cluster": .string(location.name), "running": false], style: .pretty))
            }
            throw ExitCode(3)
        }
        let status = try PlatformStatus(client)
        switch output {
        case .json: print(JSONWriter.string(status.report, style: .pretty))
        case .text: printText(status)
        }
    }

    private func printText(_ status: PlatformStatus) {
        let up = status.report["uptimeSeconds"]?.intValue ?? 0
        print(
            "Skiff \(status.text("version")) is up for \(HumanDuration.text(.seconds(up)))"
                + " (cluster \(status.text("cluster"))).")
        print("")
        for line in status.addressLines { print("  \(line)") }
        let counts = status.report["counts"]?.objectValue ?? JSONObject()
        for (name, value) in counts {
            print("  \(PlatformStatus.padded(name, to: 12))\(value.intValue ?? 0)")
        }
        for note in status.notes { print("\nNote: \(note)") }
    }
}
