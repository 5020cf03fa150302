import CLinux
import Glibc
import SystemLinux

/// The name of the keeper's verb, for every part that spells it.
enum KeeperVerb {
    static let name = "keeper"
}

/// The keeper's entry. Synchronous and single-threaded from the first instruction: `main` calls it before anything that
/// could start a thread.
public enum KeeperMain {
    /// The program's verb that `main` answers to.
    public static let verb = KeeperVerb.name

    /// Runs the keeper with the arguments after its verb. The calling process returns to its parent with status 0 once
    /// the keeper, its child, listens; with 1 and a line on standard error when it cannot.
    public static func main(arguments: [String]) -> Never {
        do {
            try run(arguments)
        } catch {
            KeeperJournal.note("keeper cannot start: \(error)")
            skiff_exit_now(1)
        }
    }

    private static func run(_ arguments: [String]) throws -> Never {
        let options = try KeeperOptions(arguments)
        if !options.isSealed {
            let program = try File.open("/proc/self/exe", .path)
            throw SealedProgram.execute(program, arguments: options.configuration.arguments)
        }
        // Nobody but root outside may look into this process or the copies of it that become containers
        // (CVE-2016-9962).
        _ = try outcome(skiff_set_dumpable(0)).orThrow("PR_SET_DUMPABLE")
        _ = skiff_set_name("skiff-keeper")
        if let number = options.handover {
            try resume(options.configuration, OwnedFD(number))
        }
        try begin(options.configuration)
    }

    private static func begin(_ configuration: KeeperConfiguration) throws -> Never {
        _ = skiff_umask(0o022)
        _ = try outcome(skiff_chdir("/")).orThrow("chdir", "/")
        try Directory.make(configuration.stagingDirectory, mode: 0o700)
        try Directory.make(configuration.exitsDirectory, mode: 0o700)
        let lock = try PidFile(configuration.pidPath)
        let listener = try UnixSocket.listen(configuration.socketPath, kind: .seqpacket, nonBlocking: true)
        // The starter waits for its child, this process; the keeper is its grandchild and belongs to init.
        let pid = try outcome(skiff_fork()).orThrow("fork")
        if pid > 0 { skiff_exit_now(0) }
        try lock.write(getpid())
        for directory in configuration.cgroupDirectories {
            try File.writeControl("\(directory)/cgroup.procs", "0")
        }
        _ = try outcome(skiff_set_subreaper()).orThrow("PR_SET_CHILD_SUBREAPER")
        ResourceLimit.raiseOpenFiles()
        let keeper = try Keeper(
            configuration: configuration, listener: listener, lock: lock, startedAt: WallClock.nanoseconds
        )
        try serve(keeper)
    }

    private static func resume(_ configuration: KeeperConfiguration, _ memory: OwnedFD) throws -> Never {
        let size = try memory.status().sizeBytes
        guard size <= HandoverState.sizeLimit else {
            throw KeeperError(.limit, "handed-over state is larger than \(HandoverState.sizeLimit) bytes")
        }
        let state = try HandoverState.decode(try memory.read(at: 0, upTo: Int(size)))
        memory.close()
        let keeper = try Keeper(
            configuration: configuration, listener: OwnedFD(state.listener), lock: PidFile(held: OwnedFD(state.lock)),
            startedAt: state.startedAt
        )
        try keeper.resume(state)
        try serve(keeper)
    }

    private static func serve(_ keeper: Keeper) throws -> Never {
        try keeper.run()
        try File.remove(keeper.configuration.socketPath, ifExists: true)
        try File.remove(keeper.configuration.pidPath, ifExists: true)
        skiff_exit_now(0)
    }
}
