import ArgumentParser
import Clients

/// What every verb takes: which instance of the platform it speaks to.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The instance to use; each has its own state, sockets and addresses.",
            discussion: "SKIFF_CLUSTER names it too; SKIFF_ROOT moves the state, SKIFF_RUN the sockets.",
            valueName: "name"
        )
    )
    var cluster: String?

    /// Starts the daemon when nobody answers; the composition root sets it before any verb runs. Without it a verb
    /// that finds no daemon reports that.
    nonisolated(unsafe) static var ensureDaemon: ((ClusterLocation) throws -> Void)?

    /// Where the instance lives.
    func location() throws -> ClusterLocation {
        try ClusterLocation.current(name: cluster)
    }

    /// A client of the instance's daemon, which is started first when it does not run yet. Blocks.
    func daemon() throws -> DaemonClient {
        let location = try location()
        let client = DaemonClient(socketPath: location.dockerSocket)
        if let ensureDaemon = Self.ensureDaemon, !client.isReachable { try ensureDaemon(location) }
        return client
    }
}
