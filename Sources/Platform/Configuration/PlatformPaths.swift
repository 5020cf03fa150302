import Clients
import SystemLinux

/// Where a cluster keeps what survives and what does not.
public struct PlatformPaths: Sendable, Hashable {
    /// The cluster's name.
    public let cluster: String
    /// What survives a reboot: blobs, roots, databases, volumes.
    public let state: String
    /// What does not: sockets, pid files, pinned namespaces.
    public let run: String

    /// The paths of the instance at `location`.
    public init(_ location: ClusterLocation) {
        cluster = location.name
        state = location.stateDirectory
        run = location.runDirectory
    }

    /// The Docker Engine API's socket, also the command line's way in.
    public var dockerSocket: String { "\(run)/docker.sock" }
    /// The Kubernetes API's socket for root.
    public var kubernetesSocket: String { "\(run)/kubernetes.sock" }
    /// Held by the daemon while it lives.
    public var daemonLock: String { "\(run)/daemon.lock" }
    /// The daemon's process id.
    public var daemonPID: String { "\(run)/daemon.pid" }
    /// The daemon's own log.
    public var daemonLog: String { "\(state)/daemon.log" }
    /// The administrator's kubeconfig.
    public var kubeconfig: String { "\(state)/kubeconfig" }
    /// The keeper's process id, written by itself.
    public var keeperPID: String { "\(run)/keeper.pid" }
    /// The tail of events.
    public var eventsDatabase: String { "\(state)/events.sqlite" }
    /// The Kubernetes objects.
    public var clusterDatabase: String { "\(state)/cluster.sqlite" }
    /// Ports and other choices that are kept over restarts.
    public var choices: String { "\(state)/choices.json" }
    /// The image store.
    public var images: String { "\(state)/images" }
    /// Named volumes and claims.
    public var volumes: String { "\(state)/volumes" }
    /// Container records and logs.
    public var runtime: String { "\(state)/runtime" }
    /// The control group below which everything of the cluster runs, from a hierarchy's root.
    public var cgroup: String { "/skiff/\(cluster)" }
    /// What all clusters of this host share: locks and counts.
    public var hostRun: String { File.parent(of: run) }
    /// Build cache.
    public var builder: String { "\(state)/builder" }
    /// Address ranges and leases.
    public var network: String { "\(state)/network" }
    /// Keys and certificates.
    public var identity: String { "\(state)/identity" }
}
