import ArgumentParser
import Clients
import Document

/// `skiff down`: stops containers and daemon, keeps the state.
struct DownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop all containers and the platform; keep images, objects and volumes.",
        discussion: "The next 'skiff up' starts again what was running, by its restart policy."
    )

    @OptionGroup var options: GlobalOptions

    @Option(name: [.short, .long], help: "Seconds that containers get to end by themselves.")
    var time: Int = 10

    func validate() throws {
        guard (0...3600).contains(time) else { throw ValidationError("--time takes 0 to 3600 seconds") }
    }

    func run() throws {
        let location = try options.location()
        let client = DaemonClient(socketPath: location.dockerSocket)
        guard client.isReachable else {
            print("Skiff is down already (cluster \(location.name)).")
            return
        }
        try DaemonStopper(client).stop(graceSeconds: time)
        print("Skiff is down (cluster \(location.name)); its state is kept in \(location.stateDirectory).")
    }
}
