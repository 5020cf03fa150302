/// What `GET /skiff/v1/status` answers; the keys are a promise to scripts.
struct StatusReport: Codable, Sendable {
    /// One module and how long its start took.
    struct Module: Codable, Sendable {
        var name: String
        var milliseconds: Int64
    }

    /// The cluster's name.
    var cluster: String
    /// Version of the daemon.
    var version: String
    /// URL of the Kubernetes API.
    var api: String
    /// `host:port` of the OCI registry.
    var registry: String
    /// Path of the administrator's kubeconfig.
    var kubeconfig: String
    /// Path of the Docker Engine API's socket.
    var socket: String
    /// Process id of the daemon.
    var daemonPid: Int32
    /// Process id of the keeper; 0 before the first container.
    var keeperPid: Int32
    /// True while this can be asked.
    var running = true
    /// Seconds since the daemon was ready.
    var uptimeSeconds: Int64
    /// Modules in start order.
    var modules: [Module]
    /// Things a person should know, such as a port that had to be replaced.
    var notes: [String]
    /// Numbers for people: containers, images, pods.
    var counts: [String: Int]
}
