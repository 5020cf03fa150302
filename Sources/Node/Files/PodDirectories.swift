/// Where a pod's files are on the host.
///
/// What must not reach a disk (secrets, tokens) and what is made again at each start lives below the run directory,
/// which is a tmpfs; scratch volumes and termination messages live below the state directory.
public struct PodDirectories: Sendable, Hashable {
    /// The state directory of the cluster.
    public let state: String
    /// The run directory of the cluster.
    public let run: String

    /// The directories of all pods of one cluster.
    public init(state: String, run: String) {
        self.state = state
        self.run = run
    }

    /// Everything of a pod that survives a reboot.
    func stateRoot(of podUID: String) -> String { "\(state)/pods/\(podUID)" }

    /// Everything of a pod that does not.
    func runRoot(of podUID: String) -> String { "\(run)/pods/\(podUID)" }

    /// A scratch volume on disk.
    func scratchVolume(_ name: String, of podUID: String) -> String { "\(stateRoot(of: podUID))/volumes/\(name)" }

    /// A volume made from API objects, or in memory.
    func memoryVolume(_ name: String, of podUID: String) -> String { "\(runRoot(of: podUID))/volumes/\(name)" }

    /// The pod's /etc/hosts.
    func hostsFile(of podUID: String) -> String { "\(runRoot(of: podUID))/hosts" }

    /// The pod's /etc/resolv.conf.
    func resolverFile(of podUID: String) -> String { "\(runRoot(of: podUID))/resolv.conf" }

    /// The pod's /etc/hostname.
    func hostnameFile(of podUID: String) -> String { "\(runRoot(of: podUID))/hostname" }

    /// The file into which a run of a container may write its last words.
    func terminationMessage(of container: String, attempt: Int, podUID: String) -> String {
        "\(stateRoot(of: podUID))/containers/\(container)/\(attempt)"
    }
}
