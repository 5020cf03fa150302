import ArgumentParser
import Clients
import Document
import Effects

/// `skiff up`: starts the platform and says where it is.
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start the platform (other verbs start it too when they need it)."
    )

    @OptionGroup var options: GlobalOptions

    @Flag(name: [.short, .long], help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        let location = try options.location()
        let began = Effects.live.time.monotonic
        let started = try DaemonLauncher(location).ensureRunning()
        let took = Effects.live.time.monotonic - began
        guard !quiet else { return }
        let status = try PlatformStatus(DaemonClient(socketPath: location.dockerSocket))
        if started {
            print("Skiff is up after \(HumanDuration.text(took)) (cluster \(location.name)).")
            print("")
            for line in status.startLines { print("  \(line)") }
        } else {
            print("Skiff is up already (cluster \(location.name)).")
        }
        print("")
        for line in status.addressLines { print("  \(line)") }
        for note in status.notes { print("\nNote: \(note)") }
        print("\nTry:  export KUBECONFIG=\(status.kubeconfig) && kubectl get nodes")
    }
}
