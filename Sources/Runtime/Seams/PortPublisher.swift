/// What the runtime asks of whoever makes container ports answer on the host. Declared here, plugged by Platform.
///
/// The order is reserve → activate → release. Reserving comes before the container exists, so a busy port is the
/// error of the command that asked for it. Called from any task.
public protocol PortPublisher: Sendable {
    /// Takes host ports for a container so that nobody else gets them.
    /// - Throws: `RuntimeError` `.portInUse` naming the address and port; nothing stays reserved then.
    func reserve(_ requests: [PortRequest], containerID: String) async throws -> [PortBinding]
    /// Makes reserved ports carry traffic to the container's address; returns when they answer.
    func activate(_ bindings: [PortBinding], containerID: String, containerAddress: String) async throws
    /// Gives the ports back. Harmless when there are none.
    func release(containerID: String) async
}

/// One port that is to be published.
public struct PortRequest: Sendable, Hashable {
    /// The port inside.
    public var containerPort: ContainerPort
    /// Address to listen on; empty means loopback.
    public var hostAddress: String
    /// Ports that will do, in order of liking; empty means any free one.
    public var hostPorts: [UInt16]

    /// Makes a request.
    public init(containerPort: ContainerPort, hostAddress: String, hostPorts: [UInt16]) {
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
    }
}

/// One published port.
public struct PortBinding: Sendable, Hashable {
    /// The port inside.
    public var containerPort: ContainerPort
    /// The address it listens on.
    public var hostAddress: String
    /// The port it listens on.
    public var hostPort: UInt16

    /// Makes a binding.
    public init(containerPort: ContainerPort, hostAddress: String, hostPort: UInt16) {
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}
