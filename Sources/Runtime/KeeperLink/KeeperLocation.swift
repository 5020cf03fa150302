import Keeper
import SystemLinux

/// Where a cluster's keeper lives and how it is started.
public struct KeeperLocation: Sendable, Hashable {
    /// Directory of the socket, `/run/skiff/<cluster>`; must exist.
    public var runDirectory: String
    /// Directory of the exit records' folder, `/var/lib/skiff/<cluster>`; must exist.
    public var stateDirectory: String
    /// Name shown by `ps` beside the program.
    public var cluster: String
    /// The program to start when no keeper answers; `/proc/self/exe` for the daemon's own file.
    public var program: String
    /// Control group directories the keeper moves itself into, so that stopping the daemon's unit spares it.
    public var cgroupDirectories: [String]

    /// Describes a keeper.
    public init(
        runDirectory: String, stateDirectory: String, cluster: String, program: String = "/proc/self/exe",
        cgroupDirectories: [String] = []
    ) {
        self.runDirectory = runDirectory
        self.stateDirectory = stateDirectory
        self.cluster = cluster
        self.program = program
        self.cgroupDirectories = cgroupDirectories
    }

    /// The SEQPACKET socket.
    public var socketPath: String { "\(runDirectory)/keeper.sock" }
    /// The folder of exit records that no daemon has acknowledged.
    public var exitsDirectory: String { "\(stateDirectory)/exits" }
    /// Held while a keeper is being started, so that two daemons start one.
    var lockPath: String { "\(runDirectory)/keeper.lock" }
}

/// A process the keeper has started.
public struct StartedProcess: Sendable {
    /// What the keeper knows about it.
    public let record: ChildRecord
    /// Its pidfd: readable when it ended.
    public let pidfd: OwnedFD
    /// For processes with a terminal: the master, to be read only by its keeper.
    public let terminal: OwnedFD?
}

/// A client's ends of a process's streams. Close them to detach.
public struct AttachedStreams: Sendable {
    /// Write here what the process shall read; nil when its input is closed or was not asked for.
    public let input: OwnedFD?
    /// The process's output, and its errors too when it has a terminal.
    public let output: OwnedFD?
    /// The process's errors; nil with a terminal.
    public let errors: OwnedFD?
}

/// What the keeper announces.
public enum KeeperEvent: Sendable {
    /// A process ended; acknowledge it once it is recorded.
    case exited(ExitRecord)
    /// An attached client of this process was too slow or gone and was dropped.
    case attachDropped(id: String)
    /// The keeper died and another one took over; these processes were handed to it.
    case keeperReplaced(adopted: [String])
    /// Events were lost because nobody read them: list processes and exit records again.
    case overrun
}
