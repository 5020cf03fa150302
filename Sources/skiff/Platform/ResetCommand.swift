import ArgumentParser
import Clients
import Platform
import SystemLinux

/// `skiff reset`: removes a whole instance from the machine.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Remove the platform with everything it keeps: containers, images, objects, volumes."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    func run() throws {
        guard ProcessIdentity.isRoot else { throw ValidationError("reset needs root; run it with sudo") }
        let location = try options.location()
        guard yes || isConfirmed(location) else {
            print("Nothing was removed.")
            throw ExitCode(1)
        }
        let client = DaemonClient(socketPath: location.dockerSocket)
        if client.isReachable { try DaemonStopper(client).stop(graceSeconds: 0) }
        let removed = try Bridge.wait { try await PlatformReset(PlatformPaths(location)).run() }
        print(removed.isEmpty ? "Cluster \(location.name) was not there." : "Cluster \(location.name) is gone.")
        for line in removed { print("  removed \(line)") }
    }

    /// Asks on a terminal only; a script must say --yes.
    private func isConfirmed(_ location: ClusterLocation) -> Bool {
        guard Terminal.isTerminal(StandardStream.input.rawValue) else {
            _ = StandardStream.error.write("skiff: reset removes everything of this cluster; say --yes to mean it\n")
            return false
        }
        print(
            "Remove cluster \(location.name) with all containers, images, objects and volumes? [y/N] ", terminator: "")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
