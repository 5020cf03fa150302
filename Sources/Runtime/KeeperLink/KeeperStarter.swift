import CLinux
import Keeper
import SystemLinux

/// Starts a keeper that outlives its starter.
enum KeeperStarter {
    /// Starts the program's keeper verb in a new session and waits until it listens: the started process is only the
    /// keeper's parent and exits 0 then. Blocks.
    static func start(_ location: KeeperLocation) throws {
        try Directory.make(location.exitsDirectory, mode: 0o700)
        let null = try File.open("/dev/null", .readWrite)
        let log = try File.open("\(location.runDirectory)/keeper.log", [.write, .create, .append], mode: 0o600)
        var arguments = [
            "skiff", KeeperMain.verb, "--cluster", location.cluster, "--run", location.runDirectory, "--exits",
            location.exitsDirectory,
        ]
        for directory in location.cgroupDirectories { arguments += ["--cgroup", directory] }
        let descriptors = [null.raw, null.raw, log.raw]
        let pid = try CStringArray(arguments).withPointers { argv in
            CStringArray([]).withPointers { environment in
                outcome(skiff_spawn_detached(location.program, argv, environment, descriptors, descriptors.count))
            }
        }.orThrow("spawn keeper", location.program)
        var status: Int32 = 0
        _ = try outcome(skiff_wait_pid(pid, &status)).orThrow("wait for keeper", "\(pid)")
        guard status == 0 else {
            throw KeeperError(
                .keeperGone,
                "keeper did not start (status \(status >> 8)); see \(location.runDirectory)/keeper.log for the reason"
            )
        }
    }
}
