import OCI

/// What a client asks a container to be: Docker's `Config`, `HostConfig` and `NetworkingConfig` as one value.
///
/// Fields that are empty take the image's value when the container is created (`ContainerRequest.merged(with:)`).
public struct ContainerRequest: Sendable, Hashable {
    /// The image reference as typed, or an image id.
    public var image: String
    /// Arguments after the entrypoint; nil takes the image's.
    public var command: [String]?
    /// The program and its first arguments; nil takes the image's, `[""]` resets it.
    public var entrypoint: [String]?
    /// `NAME=value`, later entries win; `NAME` alone removes the image's variable.
    public var environment: [String] = []
    /// Absolute path inside the container; empty takes the image's, else `/`.
    public var workingDirectory = ""
    /// `user[:group]`, names or numbers; empty takes the image's, else root.
    public var user = ""
    /// Host name inside; empty means the first 12 digits of the id.
    public var hostname = ""
    /// NIS domain name inside.
    public var domainname = ""
    /// Free key-value pairs.
    public var labels: [String: String] = [:]
    /// Whether the program gets a terminal.
    public var tty = false
    /// Whether standard input stays open without an attached client.
    public var openStdin = false
    /// Whether standard input closes when the first attached client leaves.
    public var stdinOnce = false
    /// Whether the creating client attaches standard input (kept for `inspect`).
    public var attachStdin = false
    /// Whether the creating client attaches standard output (kept for `inspect`).
    public var attachStdout = false
    /// Whether the creating client attaches standard error (kept for `inspect`).
    public var attachStderr = false
    /// Ports that the program listens on.
    public var exposedPorts: [ContainerPort] = []
    /// Paths that get an anonymous volume.
    public var volumes: [String] = []
    /// Signal name or number that `stop` sends first; empty takes the image's, else SIGTERM.
    public var stopSignal = ""
    /// How long `stop` waits before SIGKILL, in seconds; nil means 10, negative means for ever.
    public var stopTimeoutSeconds: Int?
    /// How the container's health is probed.
    public var health: HealthCheck?
    /// Whether the container has no network but its loopback.
    public var networkDisabled = false
    /// MAC address on the first network.
    public var macAddress = ""
    /// Resources, isolation and everything else that belongs to this host.
    public var host = HostRequest()
    /// Per-network wishes, by network name.
    public var endpoints: [String: EndpointRequest] = [:]
    /// The sandbox whose namespaces the container joins; set by Platform for pods, never by the Engine API.
    public var sandboxID: String?

    /// A request for `image` with every default.
    public init(image: String) {
        self.image = image
    }
}

/// A port of the container: number and protocol.
public struct ContainerPort: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1…65535.
    public var port: UInt16
    /// The transport.
    public var transport: PortTransport

    /// Makes a port.
    public init(port: UInt16, transport: PortTransport = .tcp) {
        self.port = port
        self.transport = transport
    }

    /// Docker's form: `80/tcp`.
    public var description: String { "\(port)/\(transport.rawValue)" }

    /// By number, then transport.
    public static func < (left: ContainerPort, right: ContainerPort) -> Bool {
        (left.port, left.transport.rawValue) < (right.port, right.transport.rawValue)
    }
}

/// The transport of a published port.
public enum PortTransport: String, Sendable, Hashable {
    /// TCP.
    case tcp
    /// UDP.
    case udp
    /// SCTP.
    case sctp
}

/// One network the container joins, with its wishes there.
public struct EndpointRequest: Sendable, Hashable {
    /// Extra names for the container on this network.
    public var aliases: [String] = []
    /// A fixed IPv4 address; empty lets the network choose.
    public var ipv4Address = ""
    /// A fixed MAC address; empty lets the network choose.
    public var macAddress = ""

    /// No wishes.
    public init() {}
}

/// A health probe: Docker's `HEALTHCHECK`.
public struct HealthCheck: Sendable, Hashable {
    /// `["NONE"]`, `["CMD", …]`, `["CMD-SHELL", text]`; empty inherits the image's.
    public var test: [String] = []
    /// Time between probes in nanoseconds; 0 means 30 s.
    public var intervalNanoseconds: Int64 = 0
    /// Time one probe may take in nanoseconds; 0 means 30 s.
    public var timeoutNanoseconds: Int64 = 0
    /// Grace time after the start in nanoseconds; failures in it do not count.
    public var startPeriodNanoseconds: Int64 = 0
    /// Time between probes within the grace time in nanoseconds; 0 means 5 s.
    public var startIntervalNanoseconds: Int64 = 0
    /// Failures in a row that make the container unhealthy; 0 means 3.
    public var retries = 0

    /// An empty check, which inherits everything.
    public init() {}
}
