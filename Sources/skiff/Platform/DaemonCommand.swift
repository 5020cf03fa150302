import ArgumentParser
import Clients
import Platform
import SystemLinux

/// `skiff daemon`: the platform in the foreground, as a service manager starts it.
struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Run the platform in the foreground (for service managers).",
        shouldDisplay: true
    )

    @OptionGroup var options: GlobalOptions

    @Option(name: .long, help: .hidden)
    var readyFd: Int32?

    func run() throws {
        let ready = readyFd.map { OwnedFD($0) }
        // The keeper must not inherit it: the starter waits until nobody holds the other end any more.
        try ready?.setInherited(false)
        let signals = try SignalDescriptor(blocking: SignalDescriptor.ending)
        let location = try options.location()
        do {
            try Bridge.wait {
                try await PlatformDaemon.run(PlatformConfiguration(paths: PlatformPaths(location)), signals: signals) {
                    try? ready?.write("ready\n")
                    ready?.close()
                }
            }
        } catch {
            try? ready?.write("\(error)")
            throw error
        }
    }
}
