import NFTables
import SystemLinux

/// A port of this host that nobody else can take as long as this lives.
final class HeldPort: Sendable {
    /// What is held; the port is the real one also when any was asked for.
    let frontend: Frontend
    /// The bound socket.
    let socket: OwnedFD

    private init(frontend: Frontend, socket: OwnedFD) {
        self.frontend = frontend
        self.socket = socket
    }

    /// Binds a port in `namespace` (nil: the process's own). Blocks for a moment. Throws `ServiceProxyError` naming
    /// who has the port, where that can be found out.
    static func take(
        _ frontend: Frontend,
        in namespace: OwnedFD?
    ) throws -> HeldPort {
        let work: @Sendable () throws -> HeldPort = {
            guard frontend.transport != .sctp else {
                throw ServiceProxyError(.dataPlane, "port \(frontend) cannot be held: SCTP ports are not published")
            }
            let kind: InternetSocket.Kind = frontend.transport == .tcp ? .tcp : .udp
            let address = IPAddress(v4: frontend.address.raw)
            do {
                let socket = try InternetSocket.bind(kind, address, port: frontend.port)
                let port = try InternetSocket.port(of: socket)
                let real = Frontend(frontend.address, frontend.transport, port, reach: frontend.reach)
                return HeldPort(frontend: real, socket: socket)
            } catch let error as LinuxError where error.errno == .addressInUse {
                throw PortOccupant.error(for: frontend)
            } catch let error as LinuxError where error.errno == .addressNotAvailable {
                throw ServiceProxyError(
                    .addressNotAvailable, "this host has no address \(frontend.address): publish on another one")
            }
        }
        guard let namespace else { return try work() }
        return try Namespaces.inside(namespace, .network, work)
    }
}
