import NFTables
import Runtime
import ServiceProxy

/// Publishes containers' ports through the service proxy.
struct PublishedPorts: PortPublisher {
    let proxy: ServiceProxy

    func reserve(_ requests: [PortRequest], containerID: String) async throws -> [PortBinding] {
        let wishes = try requests.map(Self.wish)
        let reserved: [PublishedPort]
        do {
            reserved = try await proxy.reservePorts(container: containerID, wishes)
        } catch {
            guard error.code == .portInUse else { throw error }
            throw RuntimeError(.portInUse, error.message)
        }
        return reserved.map(Self.binding)
    }

    func activate(_ bindings: [PortBinding], containerID: String, containerAddress: String) async throws {
        guard let target = IPv4Address(containerAddress) else {
            throw RuntimeError(.internalFailure, "container \(containerID) has no IPv4 address to publish ports for")
        }
        try await proxy.activatePorts(container: containerID, target: target)
    }

    func release(containerID: String) async {
        await proxy.releasePorts(container: containerID)
    }

    private static func wish(_ request: PortRequest) throws(RuntimeError) -> PortWish {
        let text = request.hostAddress.isEmpty ? IPv4Address.loopback.description : request.hostAddress
        guard let address = IPv4Address(text) else {
            throw RuntimeError(.invalid, "'\(text)' is not an IPv4 address to publish a port on")
        }
        return PortWish(
            hostAddress: address,
            hostPorts: request.hostPorts,
            transport: TransportProtocol(request.containerPort.transport),
            containerPort: request.containerPort.port
        )
    }

    private static func binding(_ port: PublishedPort) -> PortBinding {
        PortBinding(
            containerPort: ContainerPort(port: port.containerPort, transport: PortTransport(port.transport)),
            hostAddress: port.hostAddress.description,
            hostPort: port.hostPort
        )
    }
}

extension TransportProtocol {
    init(_ transport: PortTransport) {
        switch transport {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .sctp: self = .sctp
        }
    }
}

extension PortTransport {
    init(_ transport: TransportProtocol) {
        switch transport {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .sctp: self = .sctp
        }
    }
}
