import SystemLinux

/// Where one instance of the platform lives: its name, its state and its sockets. Pure.
public struct ClusterLocation: Sendable, Hashable {
    /// The instance when nobody names one.
    public static let defaultName = "default"
    /// Where state lives when `SKIFF_ROOT` is not set.
    public static let defaultStateRoot = "/var/lib/skiff"
    /// Where sockets and pid files live when `SKIFF_RUN` is not set.
    public static let defaultRunRoot = "/run/skiff"

    /// The instance's name: 1 to 40 of `a-z 0-9 -`, begins with a letter or digit.
    public let name: String
    /// Directory above all instances' states.
    public let stateRoot: String
    /// Directory above all instances' run directories.
    public let runRoot: String

    /// Names an instance.
    /// - Throws: `DaemonError` for a name that breaks the rule or a socket path that would be too long.
    public init(
        name: String,
        stateRoot: String = ClusterLocation.defaultStateRoot,
        runRoot: String = ClusterLocation.defaultRunRoot
    ) throws(DaemonError) {
        let allowed = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard !name.isEmpty, name.utf8.count <= 40, allowed, !name.hasPrefix("-") else {
            throw DaemonError(
                .invalidName, "invalid cluster name \"\(name)\": use 1 to 40 of a-z, 0-9 and -, not beginning with -"
            )
        }
        self.name = name
        self.stateRoot = stateRoot
        self.runRoot = runRoot
        guard dockerSocket.utf8.count <= UnixSocket.pathLimit else {
            throw DaemonError(.invalidName, "the socket path \(dockerSocket) is too long; choose a shorter SKIFF_RUN")
        }
    }

    /// Names an instance by what the command line and the environment say: `SKIFF_CLUSTER`, `SKIFF_ROOT`, `SKIFF_RUN`.
    public static func current(name: String?) throws(DaemonError) -> ClusterLocation {
        func set(_ variable: String) -> String? {
            ProcessEnvironment.value(variable).flatMap { $0.isEmpty ? nil : $0 }
        }
        return try ClusterLocation(
            name: name ?? set("SKIFF_CLUSTER") ?? defaultName,
            stateRoot: set("SKIFF_ROOT") ?? defaultStateRoot,
            runRoot: set("SKIFF_RUN") ?? defaultRunRoot
        )
    }

    /// The instance's state directory.
    public var stateDirectory: String { "\(stateRoot)/\(name)" }
    /// The instance's directory of sockets, pid files and pinned namespaces.
    public var runDirectory: String { "\(runRoot)/\(name)" }
    /// The Engine API's socket.
    public var dockerSocket: String { "\(runDirectory)/docker.sock" }
}
