/// Where a runtime keeps its things.
public struct RuntimeConfiguration: Sendable, Hashable {
    /// Directory of records, logs and network files; made when missing.
    public var stateDirectory: String
    /// Directory of pinned namespaces and other things that end with a reboot; made when missing.
    public var runDirectory: String
    /// Control group under which containers get theirs, relative: `skiff/<cluster>`.
    public var cgroupParent: String
    /// Address that `-p` without an address listens on.
    public var defaultPublishAddress: String

    /// The most containers one runtime holds.
    public static let containersMax = 10_000
    /// The most execs one container remembers; the oldest ended one goes first.
    public static let execsPerContainerMax = 256

    /// Makes a configuration.
    public init(
        stateDirectory: String, runDirectory: String, cgroupParent: String,
        defaultPublishAddress: String = "127.0.0.1"
    ) {
        self.stateDirectory = stateDirectory
        self.runDirectory = runDirectory
        self.cgroupParent = cgroupParent
        self.defaultPublishAddress = defaultPublishAddress
    }
}
